"""The decision form as data and as text: fields, their single keys, and the lines drawn.

Pure; a key belongs to one field only, so that it never means two things. Five fields have keys of
their own; a capital letter opens one of the others, whose options then have the digits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from textual.content import Content

from taste.submitting.marks import HARM, KNOWABLE, DraftMark, fields_of
from transcripts.codebook import Codebook
from transcripts.errors import UserError

DIGITS = "1234567890"
POOLS = {
    "type": DIGITS,
    "attribution": "qwert",
    "knowable": "asdfg",
    "harm": "yuiop",
    "confidence": "zxcvb",
}
"""Field → keys of its options, in order: digits, then one half row of the keyboard each."""

OPENERS = {
    "kind": "K",
    "recovery": "C",
    KNOWABLE: "E",
    HARM: "F",
    "recognised_by": "Y",
    "better_move": "M",
    "initiator": "I",
    "span": "P",
    "basis": "B",
    "human_move_source": "S",
    "hidden_context": "X",
    "rationale": "R",
}
"""Field → the capital letter that opens it: then a digit chooses, or words are typed."""

WAIVERS = {"W": KNOWABLE, "V": HARM}
"""Key → kind of evidence of which the annotator says that there is none."""

READER_KEYS = {"recognised": "r", "recovered": "x", "quoted": "Q"}
"""Field → the reader's key that says it of the event at the cursor."""

TITLES = {
    KNOWABLE: "before start",
    HARM: "after start",
    "human_move_source": "move is",
    "hidden_context": "hidden",
}
"""Field → how the form names it, where not as the codebook does."""

_NAME_CELLS = 17


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field and the key that chooses it."""

    key: str
    value: str | int | bool
    words: str = ""
    """What the codebook says of it."""
    telling: bool = False
    """Whether those words are short enough to be drawn with it."""

    def text(self, *, chosen: bool) -> str:
        """The option as drawn; brackets show the choice, whatever the colours."""
        name = f"{self.value} {self.words}" if self.telling else self.value
        return f"{self.key}[{name}] " if chosen else f"{self.key} {name}  "


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its options."""

    name: str
    options: tuple[Option, ...]

    @property
    def title(self) -> str:
        """How the form names it."""
        return TITLES.get(self.name, self.name.replace("_", " "))


def form_fields(codebook: Codebook, kind: str) -> tuple[Field, ...]:
    """The fields that the form offers for a kind, in the codebook's order.

    Raises:
        UserError: if the codebook lists more values than the field has keys.
    """
    values: dict[str, Mapping[Any, str]] = {
        "kind": dict.fromkeys(codebook.types, ""),
        "type": codebook.types.get(kind, {}),
        "attribution": dict.fromkeys(codebook.attribution, ""),
        "knowable": dict.fromkeys(codebook.knowable, ""),
        "harm": codebook.harm,
        "confidence": dict(sorted(codebook.confidence.items())),
        "recovery": dict.fromkeys(codebook.recovery, ""),
        "recognised_by": dict.fromkeys(codebook.recognised_by, ""),
        "initiator": dict.fromkeys(codebook.initiator, ""),
        "basis": dict.fromkeys(codebook.basis, ""),
        "human_move_source": dict.fromkeys(codebook.human_move_source, ""),
        "hidden_context": {True: "the human knew something that is not in the transcript"},
    }
    return tuple(_field(name, values.get(name, {})) for name in fields_of(kind))


def _field(name: str, values: Mapping[Any, str]) -> Field:
    keys = POOLS.get(name, DIGITS)
    if len(values) > len(keys):
        raise UserError(
            f"the codebook lists {len(values)} values of {name!r}; the form has keys for "
            f"{len(keys)}. Use a codebook with fewer."
        )
    options = zip(keys, values.items(), strict=False)
    telling = name == "harm"
    return Field(name, tuple(Option(key, value, words, telling) for key, (value, words) in options))


def find_option(
    fields: Sequence[Field], key: str, opened: str | None = None
) -> tuple[str, str | int | bool] | None:
    """Field and value that a key chooses, with one field opened or none."""
    for field in fields:
        if field.name == opened or (field.name in POOLS and not (opened and key in DIGITS)):
            for option in field.options:
                if option.key == key:
                    return field.name, option.value
    return None


def form_help(fields: Sequence[Field]) -> str:
    """What the form's keys do while letters are the form's, a line a field."""
    lines = ["tab    first field that is missing", "enter  rationale", "esc    letters to the text"]
    for field in fields:
        if field.name in POOLS and field.options:
            options = "  ".join(f"{one.key} {one.value}" for one in field.options)
            lines.append(f"       {field.title}: {options}")
        elif field.name in OPENERS:
            lines.append(f"{OPENERS[field.name]}      {field.title}")
        elif field.name in READER_KEYS:
            lines.append(f"       {field.title}: esc, then {READER_KEYS[field.name]} at the event")
    lines += [f"{key}      no evidence {TITLES[field]}" for key, field in WAIVERS.items()]
    return "\n".join(lines)


def definition(codebook: Codebook, mark: DraftMark, field: str | None) -> str:
    """What the codebook says of what was last chosen."""
    if field in {"harm", "confidence"} and mark.get(field) is not None:
        scale = codebook.harm if field == "harm" else codebook.confidence
        return f"{field} {mark.get(field)}: {scale.get(mark.get(field), 'not in this codebook')}"
    name = mark.get("type")
    if name is None:
        return "the first type that fits; the same key again clears its field"
    words = codebook.types.get(mark.kind, {}).get(name, "not in this codebook")
    return f"{name}: {words}"


@dataclass(frozen=True, slots=True)
class View:
    """A mark as the form is to show it."""

    mark: DraftMark
    missing: frozenset[str]
    """Fields that are to be decided before it can be handed in."""
    opened: str | None
    """The field whose options have the digits."""
    place: Callable[[str], str]
    """Event id → where that is."""
    in_use: bool = False
    """Whether letters are the form's: the reader's keys then do something else."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form and the field that it belongs to."""

    field: str
    content: Content


def form_lines(fields: Sequence[Field], view: View, width: int) -> list[Line]:
    """Draw the fields; which options share a line never depends on what is chosen."""
    lines: list[Line] = []
    for field in fields:
        cells = [("!" if field.name in view.missing else " ", "bold"), *_name(field, view)]
        parts = _parts(field, view)
        lines += [Line(field.name, line) for line in _wrapped(cells, parts, width)]
    return lines


def _name(field: Field, view: View) -> list[tuple[str, str]]:
    readers = None if view.in_use else READER_KEYS.get(field.name)
    key = OPENERS.get(field.name) or readers or " "
    style = "bold reverse" if field.name == view.opened else "dim"
    return [(f"{key} ", "bold"), (f"{field.title:<{_NAME_CELLS - 3}}", style)]


def _parts(field: Field, view: View) -> list[tuple[str, str]]:
    """What stands beside a field's name: options with keys, or what is decided."""
    mark, name = view.mark, field.name
    if name in {KNOWABLE, HARM}:
        return _evidence(name, view)
    if name in READER_KEYS:
        return [(view.place(mark.get(name)) if mark.get(name) else "·", "")]
    if name not in POOLS and name != view.opened:
        value = mark.get(name)
        if name == "human_move_source":
            value = value or "recorded"
        return [("·" if value is None else str(value), "" if value is None else "bold")]
    return [
        (option.text(chosen=chosen), "bold reverse" if chosen else "")
        for option in field.options
        for chosen in (mark.get(name) == option.value,)
    ]


def _evidence(name: str, view: View) -> list[tuple[str, str]]:
    """The passages; opened, each has the digit that takes it away."""
    spans = view.mark.evidence(name)
    if not spans:
        key = next(key for key, field in WAIVERS.items() if field == name)
        return [("none, waived" if view.mark.waives(name) else f"·  {key} waives", "")]
    if view.opened == name:
        takes = zip(DIGITS, spans, strict=False)
        return [(f"{key} drops {view.place(span['event'])}  ", "") for key, span in takes]
    return [(f"{view.place(span['event'])}  ", "bold") for span in spans]


def _wrapped(
    name: list[tuple[str, str]], parts: list[tuple[str, str]], width: int
) -> list[Content]:
    lines, used = [list(name)], _NAME_CELLS
    for text, style in parts:
        room = max(1, width - _NAME_CELLS)
        if used > _NAME_CELLS and used + len(text.rstrip()) > width:
            lines.append([(" " * _NAME_CELLS, "")])
            used = _NAME_CELLS
        shown = text if len(text.rstrip()) <= room else f"{text[: room - 1]}…"
        lines[-1].append((shown, style))
        used += len(shown)
    return [Content.assemble(*line) for line in lines]


class Decisions(Protocol):
    """What the form does to the mark that it shows; every call saves."""

    def choose(self, field: str, value: str | int | bool | None) -> None:
        """Give a field a value; none clears it."""

    def write(self, field: str, text: str) -> None:
        """Save what is being typed in a field."""

    def caret_moved(self) -> None:
        """The caret stands elsewhere in the text."""

    def leave_text(self) -> None:
        """The typing in a field is over."""

    def drop_evidence(self, field: str, number: int) -> None:
        """Take a passage away."""

    def waive(self, field: str) -> None:
        """Say that there is no evidence of a kind."""
