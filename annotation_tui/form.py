"""The decision form as data and as text: fields, their single keys, and the lines drawn.

Pure; a key belongs to one field only, so that it never means two things.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from transcripts.annotations import Label
from transcripts.codebook import Codebook
from transcripts.errors import UserError

POOLS = {
    "type": "1234567890",
    "attribution": "qwert",
    "knowable": "asdfg",
    "confidence": "zxcvb",
}
"""Field → keys of its options, in order: digits, then one row of the keyboard each."""

_NAME_CELLS = 12


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a field and the key that chooses it."""

    key: str
    value: str | int

    def text(self, *, chosen: bool) -> str:
        """The option as drawn; brackets show the choice, whatever the colours."""
        return f"{self.key}[{self.value}] " if chosen else f"{self.key} {self.value}  "


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its options."""

    name: str
    options: tuple[Option, ...]


def form_fields(codebook: Codebook, kind: str) -> tuple[Field, ...]:
    """The fields that the form offers for a kind.

    Raises:
        UserError: if the codebook lists more values than the field has keys.
    """
    values: dict[str, Sequence[str | int]] = {
        "type": list(codebook.types.get(kind, {})),
        "attribution": codebook.attribution,
        "knowable": codebook.knowable,
        "confidence": sorted(codebook.confidence),
    }
    return tuple(_field(name, values[name]) for name in POOLS)


def _field(name: str, values: Sequence[str | int]) -> Field:
    keys = POOLS[name]
    if len(values) > len(keys):
        raise UserError(
            f"the codebook lists {len(values)} values of {name!r}; the form has keys for "
            f"{len(keys)}. Use a codebook with fewer."
        )
    return Field(name, tuple(Option(k, v) for k, v in zip(keys, values, strict=False)))


def find_option(fields: Sequence[Field], key: str) -> tuple[str, str | int] | None:
    """Field and value that a key chooses."""
    for field in fields:
        for option in field.options:
            if option.key == key:
                return field.name, option.value
    return None


def definition(codebook: Codebook, label: Label) -> str:
    """What the codebook says of the chosen type."""
    if label.type is None:
        return "the first type that fits; a key again clears its field"
    words = codebook.types.get(label.kind, {}).get(label.type, "not in this codebook")
    return f"{label.type}: {words}"


def form_lines(fields: Sequence[Field], label: Label, width: int) -> list[Content]:
    """Draw the fields; which options share a line never depends on what is chosen."""
    lines: list[list[tuple[str, str]]] = []
    used = width
    for field in fields:
        joins = field.name == "confidence" and used + _NAME_CELLS + _cells(field) <= width
        if joins:
            lines[-1].append((f"{field.name:<{_NAME_CELLS}}", "dim"))
        else:
            lines.append([(f"{field.name:<{_NAME_CELLS}}", "dim")])
            used = 0
        used += _NAME_CELLS
        for option in field.options:
            chosen = getattr(label, field.name) == option.value
            text = option.text(chosen=chosen)
            if used + len(text) > width:
                lines.append([(" " * _NAME_CELLS, "")])
                used = _NAME_CELLS
            lines[-1].append((text, "bold reverse" if chosen else ""))
            used += len(text)
    return [Content.assemble(*line) for line in lines]


def _cells(field: Field) -> int:
    return sum(len(option.text(chosen=False)) for option in field.options)
