"""A mark of a draft: what an annotator has decided of a point so far, complete or not. Pure.

It is stored as the value of `mark:CUT`: the fields of a label, as far as they are decided, with
the event that the point stands before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from transcripts.annotations import Label
from transcripts.errors import UserError

PREFIX = "mark:"
DETOUR, STRONG = "detour", "strong"
KNOWABLE, HARM = "evidence_knowable", "evidence_harm"
EVIDENCE = (KNOWABLE, HARM)
WAIVED = "waived"
"""Names of the kinds of evidence that the annotator has said there is none of."""
TEXTS = ("better_move", "span", "rationale")
"""Fields that are written in words."""
FIELDS = (
    *("kind", "recognised", "recovered", "recovery", "type", "attribution", "knowable", KNOWABLE),
    *("harm", HARM, "recognised_by", "better_move", "initiator", "span", "basis"),
    *("human_move_source", "quoted", "confidence", "hidden_context", "rationale"),
)
"""What is decided of a detour, in the order in which the codebook asks."""
_OF_A_STRONG_MOVE = (
    *("kind", "type", KNOWABLE, HARM, "initiator", "span", "basis", "human_move_source"),
    *("quoted", "confidence", "hidden_context", "rationale"),
)
_OF_OTHERS = ("kind", "confidence", "hidden_context", "rationale")


def fields_of(kind: str) -> tuple[str, ...]:
    """What is decided of a mark of some kind, in the order in which the codebook asks."""
    return {DETOUR: FIELDS, STRONG: _OF_A_STRONG_MOVE}.get(kind, _OF_OTHERS)


@dataclass(frozen=True, slots=True)
class DraftMark:
    """One point of a draft."""

    cut: int
    before: str
    """Id of the event that the point stands before."""
    values: Mapping[str, Any]
    """Field -> value, as far as decided; fields as in `Label`."""

    @property
    def kind(self) -> str:
        """Detour, strong, neither or unresolved."""
        return str(self.values["kind"])

    def get(self, field: str) -> Any:
        """The value of a field; none where nothing is decided."""
        return self.values.get(field)

    def evidence(self, field: str) -> list[dict[str, Any]]:
        """The spans of one kind of evidence, in the order in which they were chosen."""
        return list(self.values.get(field) or ())

    def waives(self, field: str) -> bool:
        """Whether the annotator said that there is no evidence of this kind."""
        return field in (self.values.get(WAIVED) or ())

    def with_(self, **values: Any) -> "DraftMark":
        """The mark with other values; none, or an empty list, takes a field away."""
        merged = {**self.values, **values}
        kept = {name: value for name, value in merged.items() if value not in (None, [])}
        return replace(self, values=kept)

    def as_kind(self, kind: str) -> "DraftMark":
        """The mark with another kind, without what that kind has not; types are of their kind."""
        kept = {*fields_of(kind), WAIVED} - {"type"}
        values = {name: value for name, value in self.values.items() if name in kept}
        return replace(self, values={**values, "kind": kind})

    def value(self) -> dict[str, Any]:
        """What is stored of it in the draft."""
        return {"before": self.before, **self.values}

    def label(self, codebook: str) -> Label:
        """The label that it makes.

        Raises:
            UserError: if a value is not of its field's type.
        """
        fields = {name: value for name, value in self.values.items() if name in Label.model_fields}
        try:
            return Label.model_validate({**fields, "codebook": codebook})
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise UserError(f"the mark before {self.before!r}: {where}: {fault['msg']}.") from error


def mark_name(cut: int) -> str:
    """Under which name the mark of a point is stored."""
    return f"{PREFIX}{cut}"


def read_mark(name: str, value: Any) -> DraftMark | None:
    """The mark that a named value of a draft is; none for other parts of it."""
    if not name.startswith(PREFIX) or not isinstance(value, dict):
        return None
    fields = {field: found for field, found in value.items() if field != "before"}
    return DraftMark(int(name.removeprefix(PREFIX)), str(value["before"]), fields)


def read_marks(values: Mapping[str, Any]) -> list[DraftMark]:
    """The marks of a draft, by their cuts."""
    found = (read_mark(name, value) for name, value in values.items())
    return sorted((mark for mark in found if mark is not None), key=lambda mark: mark.cut)


def mark_of(cut: int, before: str, label: Label) -> DraftMark:
    """A label that was handed in, as a draft goes on from it."""
    values = label.model_dump(mode="json", exclude={"codebook"}, exclude_defaults=True)
    return DraftMark(cut, before, {"kind": label.kind, **values})
