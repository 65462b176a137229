"""What an adjudicator decides: labels about one decision, as A, B, … without names and times. Pure.

Whose label is which letter is drawn for each case from a seed, so that no letter is a person.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from taste.adjudicating.aligning import Group, Placed, align
from transcripts.annotations import Label

TOLERANCE: Final = 1
"""Human acts that two starts may be apart and still be about one decision."""
AUDITED: Final = 0.1
"""Share of the cases on which all agree that is looked at all the same."""
MARKS: Final = frozenset({"detour", "strong"})
DECISIVE: Final = (
    "kind", "type", "attribution", "knowable", "recovery", "human_move_source",
)  # fmt: skip
"""What all must agree on: kind and type, and besides what decides whether a set takes a point."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Given:
    """A current label of an annotator, and where it stands."""

    annotation_id: int
    before: str
    label: Label


@dataclass(frozen=True, slots=True)
class Side:
    """One annotator's label as it is shown."""

    letter: str
    cut: int
    act: int | None
    """Number of its human act, from 0; none for an agent's decision."""
    before: str
    """Id of the event that it stands before."""
    label: Label


@dataclass(frozen=True, slots=True)
class Case:
    """Labels about one decision."""

    cut: int
    """Of the earliest of them."""
    sides: tuple[Side, ...]
    silent: int
    """Annotators who read the session and labelled nothing here."""
    agreed: bool
    """Nobody is silent, and all say the same of what matters."""
    audited: bool
    """Agreed, and drawn to be looked at all the same."""
    about: str
    """Names the very labels, so that a decision on earlier ones is known for one."""

    @property
    def waits(self) -> bool:
        """Whether an adjudicator has to decide it."""
        return not self.agreed or self.audited

    def side(self, letter: str) -> Side | None:
        """The label with a letter."""
        return next((one for one in self.sides if one.letter == letter), None)

    @property
    def latest(self) -> Side:
        """The label with the last start, by letter: of nested starts the last one stands."""
        return max(self.sides, key=lambda one: (one.cut, -LETTERS.index(one.letter)))


def build_cases(
    labels: Iterable[Placed[Given]], readers: int, key: str, seed: int
) -> tuple[tuple[Case, tuple[int, ...]], ...]:
    """Every case of one thread in order, each with the annotations of its sides.

    What nobody calls a detour or a strong move is no case.

    Args:
        labels: of all annotators of the thread.
        readers: how many have read it.
        key: names the thread, the same on every machine.
        seed: for letters and for what is audited.
    """
    groups = align(labels, TOLERANCE, lambda given: given.label.kind)
    marked = (g for g in groups if any(one.what.label.kind in MARKS for one in g))
    return tuple(_case(group, readers, f"{seed} {key} {group[0].cut}") for group in marked)


def _case(group: Group[Given], readers: int, draw: str) -> tuple[Case, tuple[int, ...]]:
    ordered = sorted(group, key=lambda one: (_drawn(f"{draw} {one.annotator}"), one.cut))
    sides = tuple(
        Side(letter, one.cut, one.act, one.what.before, one.what.label)
        for letter, one in zip(LETTERS, ordered, strict=False)
    )
    silent = readers - len({one.annotator for one in group})
    agreed = silent == 0 and len(sides) > 1 and _agree([one.label for one in sides])
    about = sorted(f"{one.what.label.digest} {one.cut}" for one in group)
    case = Case(
        cut=group[0].cut,
        sides=sides,
        silent=silent,
        agreed=agreed,
        audited=agreed and _drawn(f"audit {draw}") < AUDITED,
        about=hashlib.sha256("\n".join([*about, str(silent)]).encode()).hexdigest()[:16],
    )
    return case, tuple(one.what.annotation_id for one in ordered)


def _agree(labels: Sequence[Label]) -> bool:
    said = {tuple(getattr(label, name) for name in DECISIVE) for label in labels}
    return len(said) == 1


def _drawn(text: str) -> float:
    """A number in [0, 1) that the text alone decides."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) / 16**13
