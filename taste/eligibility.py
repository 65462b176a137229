"""Who may do what on a lineage: the one table, enforced in one function.

What somebody has seen is read from the rows of their work, in every session of the lineage and
under any spelling of their name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import select

from taste.foreknowledge import Spot, goes_beyond, is_same_place
from taste.seen import Lineage, Trace, read_lineage
from transcripts.annotators import same_name
from transcripts.db import Db
from transcripts.decision_points import Point
from transcripts.errors import UserError
from transcripts.tables import Annotator, DecisionPoint, Session

Role = Literal["propose", "annotate", "adjudicate", "judge", "judge_prefix", "judge_digest"]
ROLES: tuple[Role, ...] = ("propose", "annotate", "adjudicate", "judge")
ROLE_OF: Mapping[str, Role] = {
    "foresight": "propose",
    "hindsight": "annotate",
    "adjudicate": "adjudicate",
    "judge": "judge",
}
"""Mode of an assignment -> what its annotator does."""
FORWARD: Mapping[str | None, Role] = {"prefix": "judge_prefix", "digest": "judge_digest"}
"""Views that show a prefix and not the human's move after it, which a later prefix would show."""


def role_of(mode: str, view: str | None) -> Role:
    """What the annotator of an assignment does, which to judge depends on what is shown."""
    return FORWARD.get(view, "judge") if mode == "judge" else ROLE_OF[mode]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody wants to do something, and what they have done on its lineage before."""

    db: Db
    session: Session
    point: Point | None
    """None: at any point of the session."""
    lineage: Lineage
    mine: tuple[Trace, ...]
    waiting: frozenset[int]
    """Their foresight assignments on the lineage that are not handed in."""
    within: int | None
    name: str

    @property
    def spot(self) -> Spot:
        """The place itself; of a whole session its beginning, after which anything is later."""
        assert self.session.id is not None
        cut = self.point.cut if self.point is not None else 0
        return Spot(self.session.id, self.session.thread, cut)

    def did(self, *whats: str) -> tuple[Trace, ...]:
        """What they have done of these."""
        return tuple(trace for trace in self.mine if trace.what in whats)

    def did_elsewhere(self, *whats: str) -> tuple[Trace, ...]:
        """The same without the assignment in which they are at work."""
        return tuple(
            trace
            for trace in self.did(*whats)
            if self.within is None or trace.assignment != self.within
        )


def refuse_ineligible(
    db: Db,
    role: Role,
    name: str,
    session: Session,
    point: Point | None = None,
    within: int | None = None,
) -> None:
    """Refuse a person who has seen on this lineage what the role must not know.

    Args:
        db: the database.
        role: what they want to do.
        name: theirs, in whatever case it is written.
        session: where.
        point: at which point; none: at any of the session.
        within: the assignment in which they are at work; what was shown in it does not count,
            since it shows what its mode lets them see.

    Raises:
        UserError: saying what they have seen.
    """
    reason = Eligibility(db).fault(role, name, session, point, within)
    if reason is not None:
        where = f"at {point.before!r} of session" if point is not None else "on session"
        word = role.split("_")[0]
        raise UserError(f"{name!r} may not {word} {where} {session.external_id!r}: they {reason}.")


class Eligibility:
    """The table, asked many times: the rows of a lineage are read once."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._people = {a.id: a.name for a in db.exec(select(Annotator)) if a.id is not None}
        self._lineages: dict[str, Lineage] = {}

    def fault(
        self,
        role: Role,
        name: str,
        session: Session,
        point: Point | None = None,
        within: int | None = None,
    ) -> str | None:
        """Why a person may not; None where they may. See `refuse_ineligible`."""
        place = self._place(name, session, point, within)
        reasons = (check(place) for check in _CHECKS[role])
        return next((reason for reason in reasons if reason is not None), None)

    def _place(self, name: str, session: Session, point: Point | None, within: int | None) -> Place:
        key = session.lineage
        lineage = self._lineages.get(key) or read_lineage(self._db, key)
        self._lineages[key] = lineage
        who = {number for number, other in self._people.items() if same_name(other, name)}
        mine = tuple(trace for trace in lineage.traces if trace.person in who)
        waiting = frozenset(work for person, work in lineage.waiting if person in who)
        return Place(self._db, session, point, lineage, mine, waiting, within, name)


def _directed(place: Place) -> str | None:
    known = any(same_name(name, place.name) for name in place.lineage.researchers)
    return "directed the work of this lineage" if known else None


def _annotated(place: Place) -> str | None:
    made = place.did("annotated", "handed in")
    return "have annotated this lineage" if made else None


def _read(place: Place) -> str | None:
    return "have read this lineage to its end" if place.did_elsewhere("read") else None


def _screened(place: Place) -> str | None:
    return "have screened this lineage" if place.did("screened") else None


def _judged(place: Place) -> str | None:
    return "have judged moves of this lineage" if place.did("judged") else None


def _adjudicated(place: Place) -> str | None:
    return "have adjudicated labels of this lineage" if place.did("adjudicated") else None


def _proposed(place: Place) -> str | None:
    return "have proposed moves on this lineage" if place.did("proposed") else None


def _annotated_here(place: Place) -> str | None:
    """Whether they have labelled the very point, be it in a copy of the session."""
    if place.point is None:
        return None
    made = place.did("annotated") + place.did("adjudicated")
    here = any(
        is_same_place(place.db, place.spot, Spot(trace.session, trace.thread, trace.cut))
        for trace in made
        if trace.cut is not None
    )
    return "have annotated that point" if here else None


def _read_on(place: Place) -> str | None:
    """Whether they know the human's move here from having read on."""
    if place.did_elsewhere("read", "annotated", "adjudicated", "screened"):
        return "have read this lineage to its end, and this shows the prefix alone"
    for trace in place.did_elsewhere("unrolled"):
        if _shows_more(place, trace, trace.until):
            return "have gone beyond it in foresight, which shows how it went on"
    return None


def _judged_on(place: Place) -> str | None:
    """Whether a pair that they judged before shows the human's move here."""
    for trace in place.did("judged"):
        if trace.view == "full" or (
            trace.view != "wording" and _shows_more(place, trace, trace.cut)
        ):
            return "have judged a pair of this lineage that shows how it went on"
    return None


def _saw_candidates(place: Place) -> str | None:
    """Whether candidates were shown to them before any first pass on the lineage.

    Those of the assisted arm are shown them on purpose, in that assignment and no other.
    """
    passed = [trace.at for trace in place.did("handed in") if trace.at is not None]
    for shown in place.did("revealed"):
        excepted = shown.assisted and shown.assignment == place.within
        if not excepted and not _after(shown.at, passed):
            return "were shown marked candidates of this lineage before a first pass of their own"
    return None


def _after(at: datetime | None, passed: list[datetime]) -> bool:
    return at is not None and any(one <= at for one in passed)


def _foresight_first(place: Place) -> str | None:
    """Whether opening the whole session would spoil foresight that is assigned to them."""
    if place.within is None or not place.waiting - {place.within}:
        return None
    return "have a foresight assignment on this lineage, which comes first"


def _saw_later(place: Place) -> str | None:
    """Whether something that was shown to them tells how it went on here."""
    for trace in place.did("proposed"):
        # A draft's own assignment knows what it had shown by then.
        own = trace.assignment is not None and trace.assignment == place.within
        if not own and _shows_more(place, trace, trace.cut):
            return (
                f"have proposed at {_name_of(place, trace)} before, whose prefix shows how it "
                "went on"
            )
    for trace in place.did_elsewhere("unrolled"):
        if _shows_more(place, trace, trace.until):
            return "have gone beyond it in foresight, which shows how it went on"
    return None


def _shows_more(place: Place, trace: Trace, until: int | None) -> bool:
    return goes_beyond(place.db, Spot(trace.session, trace.thread, until or 0), place.spot)


def _name_of(place: Place, trace: Trace) -> str:
    query = select(DecisionPoint.before).where(
        DecisionPoint.session_id == trace.session,
        DecisionPoint.thread == trace.thread,
        DecisionPoint.cut == trace.cut,
    )
    found = place.db.exec(query).first()
    return repr(found) if found is not None else "a later point"


_JUDGE = (_directed, _proposed, _annotated_here)
_CHECKS: Mapping[Role, tuple[Callable[[Place], str | None], ...]] = {
    "propose": (
        _directed, _annotated, _read, _screened, _judged, _adjudicated, _saw_candidates, _saw_later,
    ),
    "annotate": (_judged, _adjudicated, _saw_candidates, _foresight_first),
    "adjudicate": (_annotated,),
    "judge": _JUDGE,
    "judge_prefix": (*_JUDGE, _read_on, _judged_on),
    "judge_digest": (*_JUDGE, _judged_on),
}  # fmt: skip
