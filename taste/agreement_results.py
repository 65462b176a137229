"""How far annotators agree, as estimated: what the command line prints and the screen shows.

Numbers only; `analysis` makes them, and neither of those who show them knows how.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reader:
    """An annotator whose labels are compared."""

    annotator: str
    sessions: int
    """Sessions that they handed in or labelled."""
    labels: int
    marks: int
    """Labels that mark a detour or a strong move."""


@dataclass(frozen=True, slots=True)
class AgreementFigure:
    """One figure with its interval, or in words why there is none."""

    field: str
    """What of: place, act (what each human act was marked as), or a field of the label."""
    measure: str
    """F1, F1 above chance, boundary similarity, distances, agreement, alpha, AC1, AC2 (ordered)."""
    tolerance: int | None
    """Human acts that two labels may be apart; none where it does not matter."""
    between: tuple[str, ...]
    """The annotators that are compared."""
    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    n: int | None = None
    """Units that entered: sessions, human acts, or points that several labelled."""
    clusters: int | None = None
    """Lineages that they lie in."""
    excluded: Mapping[str, int] = dataclasses.field(default_factory=dict)
    beside: Mapping[str, float | int | str | bool | None] = dataclasses.field(default_factory=dict)
    """Further numbers, by what they are called: chance, what is unmatched."""
    note: str = ""
    """Why figure or interval are missing, or what must be read with it."""


@dataclass(frozen=True, slots=True)
class TypeConfusion:
    """How often two annotators gave which types to the same points."""

    first: str
    second: str
    tolerance: int
    types: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """Points by the first's type (row) and the second's (column)."""


@dataclass(frozen=True, slots=True)
class AgreementResults:
    """Everything estimated of some sessions' labels."""

    readers: tuple[Reader, ...]
    sessions: int
    """Sessions that at least two have read."""
    tolerances: tuple[int, ...]
    level: float
    """Nominal coverage of the intervals."""
    figures: tuple[AgreementFigure, ...]
    confusions: tuple[TypeConfusion, ...]
    unsubmitted: int = 0
    """Assignments of these sessions that are not handed in: nothing of them is counted."""
    condition: str = "blind"
    """Which labels: blind (before candidates were shown), assisted, or all."""
    left_out: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Labels that stand and were given in another condition."""
