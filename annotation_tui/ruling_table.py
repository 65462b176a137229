"""The adjudicator's form as data and text: fields by side, what stands, the keys for it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from taste.adjudicating.cases import Case
from taste.adjudicating.ruling import (
    CAUSES,
    FIELDS,
    START,
    Ruling,
    compose,
    differing,
    shown,
)
from transcripts.codebook import CHOICES, Codebook
from transcripts.rendering.text import visible_controls

CAUSE_KEYS = dict(zip("qwert", CAUSES, strict=True))
SURE_KEYS = dict(zip("asdfg", range(1, 6), strict=True))
DECISION_KEYS = (
    ("M", "merge", "merge"), ("E", "new", "new"), ("V", "both_valid", "both valid"),
    ("X", "not_a_point", "not a point"),
)  # fmt: skip
EVENTS = (START, "recognised", "recovered")
"""Fields whose value is a place in the session."""
ROWS = 5
"""Fields in view at once on 24 lines; of more lines half go to further fields."""
_FIRST = frozenset(("kind", START, "type", "rationale"))
"""In view without a key: no label is decided on without the words that it is founded on."""
_NAME = 14

PlaceOf = Callable[[str], str]
"""Event id → how it is named on screen."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: what each side says, and what would stand."""

    name: str
    sides: tuple[str, ...]
    stands: str
    differs: bool


def field_names(case: Case, ruling: Ruling) -> list[str]:
    """The fields that are worth a row, what decides and the rationale first."""
    names = _worth_a_row(case, ruling)
    return sorted(names, key=lambda name: name not in _FIRST)


def _worth_a_row(case: Case, ruling: Ruling) -> list[str]:
    """Where sides differ; for a new label, all."""
    if ruling.decision == "new":
        return list(FIELDS)
    if len(case.sides) > 1:
        return differing(case) or ["kind", START, "type"]
    (only,) = case.sides
    return [name for name in FIELDS if shown(only, name) not in (None, False, "recorded")]


def field_rows(case: Case, ruling: Ruling, place: PlaceOf) -> list[FieldRow]:
    """The rows of the form."""
    different = set(differing(case))
    made = compose(case, ruling)
    rows = []
    for name in field_names(case, ruling):
        standing: Any = None
        if made is not None:
            standing = made[0] if name == START else getattr(made[1], FIELDS[name][0])
        rows.append(
            FieldRow(
                name=name,
                sides=tuple(_told(name, shown(side, name), place) for side in case.sides),
                stands=_told(name, standing, place) if made is not None else "",
                differs=name in different,
            )
        )
    return rows


def _told(name: str, value: Any, place: PlaceOf) -> str:
    if value is None:
        return "-"
    text = place(str(value)) if name in EVENTS else str(value)
    return visible_controls(text).replace("\n", " ")


def turn_value(case: Case, ruling: Ruling, name: str, way: int, codebook: Codebook) -> Ruling:
    """The ruling with the next value of a field: another side's; for a new label any other."""
    options = _options(case, ruling, name, codebook)
    current = (
        ("value", ruling.values[name])
        if name in ruling.values
        else ("pick", ruling.picks.get(name, case.latest.letter))
    )
    at = options.index(current) if current in options else 0
    kind, value = options[(at + way) % len(options)]
    picks = {key: letter for key, letter in ruling.picks.items() if key != name}
    values = {key: known for key, known in ruling.values.items() if key != name}
    before = None if name == START else ruling.before
    if kind == "pick":
        picks[name] = str(value)
    else:
        values[name] = value
    return ruling.model_copy(update={"picks": picks, "values": values, "before": before})


def _options(
    case: Case, ruling: Ruling, name: str, codebook: Codebook
) -> list[tuple[str, str | int | None]]:
    options: list[tuple[str, str | int | None]] = [("pick", side.letter) for side in case.sides]
    if ruling.decision == "new":
        said = {shown(side, name) for side in case.sides}
        values = _values(case, ruling, name, codebook)
        options += [("value", value) for value in values if value not in said]
    return options


def _values(
    case: Case, ruling: Ruling, name: str, codebook: Codebook
) -> Sequence[str | int | None]:
    """What the codebook knows for a field; a type by the kind that would stand."""
    made = compose(case, ruling)
    if name == "kind":
        return list(codebook.types)
    if name == "type":
        return [*codebook.types.get(made[1].kind, {}), None] if made else [None]
    if name in {"harm", "confidence"}:
        return [*sorted(getattr(codebook, name)), None]
    return [*getattr(codebook, name), None] if name in CHOICES else []


def set_place(ruling: Ruling, name: str, event_id: str) -> Ruling:
    """The ruling for a new label whose start, recognition or recovery is at an event."""
    if name == START:
        return ruling.model_copy(update={"before": event_id})
    return ruling.model_copy(update={"values": {**ruling.values, name: event_id}})


def room_for(lines: int) -> int:
    """How many fields are in view at once on a screen of so many lines."""
    return ROWS + max(0, lines - 24) // 2


def window(rows: Sequence[FieldRow], at: int, room: int) -> range:
    """Numbers of the rows in view around one."""
    start = max(0, min(at - room // 2, len(rows) - room))
    return range(start, min(start + room, len(rows)))


def _count(shown: range, of: int) -> str:
    """Which rows are in view, where these are not all."""
    if len(shown) == of:
        return ""
    more = ("↑" if shown.start else "") + ("↓" if shown.stop < of else "")
    return f"{shown.start + 1}-{shown.stop} of {of} {more}"


def table_content(
    case: Case, rows: Sequence[FieldRow], at: int, size: tuple[int, int], *, in_use: bool
) -> Content:
    """Draw the fields in so many cells and rows, with marks where sides differ and keys act."""
    width, room = size
    columns = len(case.sides) + 1
    cells = max(6, (width - _NAME - 2) // columns)
    heads = "".join(_cell(side.letter, cells) for side in case.sides)
    shown_rows = window(rows, at, room)
    count = _count(shown_rows, len(rows))
    lines = [Content.assemble((f"{count:<{_NAME + 2}}{heads}stands", "dim"))]
    for row in (rows[number] for number in shown_rows):
        here = in_use and row is rows[at]
        name = f"{'>' if here else ' '} {('≠ ' if row.differs else '  ') + row.name:<{_NAME}}"
        text = name + "".join(_cell(value, cells) for value in (*row.sides, row.stands))
        lines.append(Content.assemble((text[:width], "bold" if here else "")))
    return Content("\n").join(lines)


def _cell(value: str, cells: int) -> str:
    text = value if len(value) < cells else f"{value[: cells - 2]}…"
    return f"{text:<{cells}}"


def decision_content(case: Case, ruling: Ruling) -> Content:
    """Draw what may be decided; brackets show the choice, whatever the colours."""
    parts: list[tuple[str, str] | str] = [("take     ", "dim")]
    for side in case.sides:
        chosen = ruling.decision == "take" and ruling.of == side.letter
        parts += [(f"[{side.letter}]" if chosen else f" {side.letter} ", _style(chosen=chosen))]
    parts += [(" or  ", "dim")]
    for key, value, word in DECISION_KEYS:
        parts += _option(key, word, chosen=ruling.decision == value)
    return Content.assemble(*parts)


def cause_content(ruling: Ruling) -> Content:
    """Draw the causes of a disagreement."""
    parts: list[tuple[str, str] | str] = [("cause    ", "dim")]
    for key, value in CAUSE_KEYS.items():
        parts += _option(key, value.replace("_", " "), chosen=ruling.cause == value)
    return Content.assemble(*parts)


def sure_content(ruling: Ruling) -> Content:
    """Draw how sure one may be."""
    parts: list[tuple[str, str] | str] = [("sure     ", "dim")]
    for key, value in SURE_KEYS.items():
        parts += _option(key, str(value), chosen=ruling.confidence == value)
    return Content.assemble(*parts)


def _style(*, chosen: bool) -> str:
    return "bold reverse" if chosen else "bold"


def _option(key: str, word: str, *, chosen: bool) -> list[tuple[str, str] | str]:
    if chosen:
        return [(f"[{key} {word}]", _style(chosen=True)), " "]
    return [(key, "bold"), f" {word}  "]
