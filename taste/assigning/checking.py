"""Who could do what, before anyone has read a line: roles × sessions × people. Writes nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taste.assigning.staffing import staffing_fault
from taste.assigning.targets import Target, names_of, point_of
from taste.eligibility import ROLES, Eligibility, Role
from transcripts.db import Db
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class RoleCheck:
    """Who may take one role at one place."""

    session: str
    before: str | None
    role: Role
    wanted: int
    eligible: tuple[str, ...]
    refused: Mapping[str, str]
    """Who may not -> why."""


@dataclass(frozen=True, slots=True)
class PlaceCheck:
    """Whether one place can have everybody that it needs."""

    session: str
    before: str | None
    roles: tuple[RoleCheck, ...]
    fault: str | None
    """What cannot be staffed."""


def check_staffing(
    db: Db, targets: Sequence[Target], people: Sequence[str], wanted: Mapping[Role, int]
) -> list[PlaceCheck]:
    """Say of every place who may do what there, and whether that is enough.

    Args:
        db: is only read.
        targets: sessions or points.
        people: who is there.
        wanted: how many people each role is to have.
    """
    rules = Eligibility(db)
    return [_check(db, rules, target, people, wanted) for target in targets]


def _check(
    db: Db,
    rules: Eligibility,
    target: Target,
    people: Sequence[str],
    wanted: Mapping[Role, int],
) -> PlaceCheck:
    session, point = point_of(db, target)
    before = names_of(db, target)["before"]
    roles = []
    for role in ROLES:
        faults = {name: rules.fault(role, name, session, point) for name in people}
        eligible = tuple(name for name, fault in faults.items() if fault is None)
        refused = {name: f"they {fault}" for name, fault in faults.items() if fault is not None}
        roles.append(RoleCheck(session.external_id, before, role, wanted[role], eligible, refused))
    able = {one.role: frozenset(one.eligible) for one in roles}
    return PlaceCheck(session.external_id, before, tuple(roles), staffing_fault(able, wanted))


def parse_staff(text: str | None, overlap: int) -> dict[Role, int]:
    """How many people each role is to have, as `annotate=2,adjudicate=1`; roles not named: none.

    Without a text: the annotators, and an adjudicator where there are several.

    Raises:
        UserError: if it is not of that form.
    """
    wanted: dict[Role, int] = dict.fromkeys(ROLES, 0)
    if text is None:
        return wanted | {"annotate": overlap, "adjudicate": int(overlap > 1)}
    for part in text.split(","):
        name, _, count = (piece.strip() for piece in part.partition("="))
        role = next((one for one in ROLES if one == name), None)
        if role is None or not re.fullmatch(r"[0-9]{1,3}", count):
            raise UserError(
                f"--staff {text!r}: say how many for each of {', '.join(ROLES)}, as in "
                "annotate=2,adjudicate=1."
            )
        wanted[role] = int(count)
    return wanted
