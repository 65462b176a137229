"""Requests out by file and answers in: for models that only another machine may reach.

An answer is taken only for a request that this database would make now, byte for byte.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from taste.appending import find_row
from taste.exchange.asking import AskingByFile, Wanted
from taste.exchange.files import Answer
from taste.exchange.walking import Stage, Walking, open_asking
from taste.holding import refuse_held
from taste.proposals import find_proposal
from taste.replies import Outcome, Received, read_reply
from taste.run_tables import BridgeVerdict
from taste.runs import sketch_run
from taste.seats import Endpoint
from taste.study import Study
from taste.tables import Proposal, Verdict
from taste.verdicts import find_verdict
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.points import Refusal

Now = Callable[[], datetime]
Line = tuple[int, Answer] | Refusal
STAGES: tuple[Stage, Stage] = ("proposals", "verdicts")


@dataclass(frozen=True, slots=True)
class Lines:
    """A file of answers, and what they are answers to."""

    stage: Stage
    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a file of answers."""

    run_id: int
    stored: int
    unchanged: int
    """Answers that were there already."""
    unusable: int
    """Of those stored: refusals, cut texts and answers of the wrong form, kept as outcomes."""
    refused: tuple[Refusal, ...]


def choose_endpoint(study: Study, name: str | None) -> Endpoint:
    """The endpoint of that name, or the only one that a seat takes.

    Raises:
        UserError: if there is none, or more than one and no name.
    """
    used = study.used_endpoints
    names = ", ".join(one.name for one in used)
    if name is None:
        if len(used) > 1:
            raise UserError(f"the study uses {names}: say which with --endpoint.")
        return used[0]
    found = next((one for one in used if one.name == name), None)
    if found is None:
        raise UserError(f"no seat of the study is at an endpoint {name!r}; there are {names}.")
    return found


async def find_wanted(
    db: Db, study: Study, text: str, now: Now, endpoint: Endpoint
) -> list[Wanted]:
    """What the study's run would ask of the endpoint next: proposals, then verdicts.

    Raises:
        UserError: if a text may not leave.
    """
    run = await sketch_run(db, study, text, now())
    found: dict[str, Wanted] = {}
    for stage in STAGES:
        asking = open_asking(db, study, run, now, stage)
        asking.leaves_for = endpoint.name
        await Walking(asking, study).walk()
        found |= asking.wanted
    db.commit()
    return list(found.values())


async def take_answers(
    db: Db, study: Study, text: str, now: Now, lines: Lines, *, partial: bool = False
) -> Carried:
    """Store the answers of a file as calls and rows; nothing if a line is bad, unless `partial`.

    Raises:
        UserError: if another process works on the run, or the study may not be run as it is.
    """
    run = await sketch_run(db, study, text, now())
    refuse_held(run, now())
    assert run.id is not None
    asking = open_asking(db, study, run, now, lines.stage)
    walking = Walking(asking, study)
    await walking.walk()
    chosen = _Chosen()
    for line in lines.lines:
        chosen.add(asking, lines.stage, line)
    if chosen.refused and not partial:
        return Carried(run.id, 0, chosen.unchanged, 0, tuple(chosen.refused))
    asking.replies = chosen.replies
    await walking.walk()
    db.commit()
    rows = [_find(db, lines.stage, key) for key in chosen.replies]
    stored = [row for row in rows if row is not None]
    unusable = sum(_is_unusable(row) for row in stored)
    return Carried(run.id, len(stored), chosen.unchanged, unusable, tuple(chosen.refused))


@dataclass
class _Chosen:
    """The lines of a file, sorted by whether they answer what would be asked now."""

    replies: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def add(self, asking: AskingByFile, stage: Stage, line: Line) -> None:
        """Sort one line."""
        if isinstance(line, Refusal):
            self.refused.append(line)
            return
        number, answer = line
        wanted = asking.wanted.get(answer.custom_id)
        if wanted is None and _find(asking.db, stage, answer.custom_id) is not None:
            self.unchanged += 1
            return
        fault = _fault(answer, wanted, asking)
        if fault is None and answer.custom_id in self.replies:
            fault = "the same custom_id stands in an earlier line"
        if fault is not None:
            self.refused.append(Refusal(number, fault))
            return
        self.replies[answer.custom_id] = answer.raw


def _fault(answer: Answer, wanted: Wanted | None, asking: AskingByFile) -> str | None:
    """Why an answer cannot be taken, if it cannot."""
    if wanted is None:
        return (
            f"{answer.custom_id[:12]}…: the study does not ask this of this database now; "
            "export the requests again"
        )
    for name, value in wanted.hashes.items():
        given = getattr(answer, name)
        if given is not None and given != value:
            return f"{answer.custom_id[:12]}…: its {name} is another than that of the request"
    if reason := asking.leave_fault(wanted.order):
        return reason
    attempt = read_reply(Received(answer.raw), wanted.order.seat)
    if attempt.outcome in {Outcome.RETRYABLE, Outcome.MALFORMED} and not attempt.text:
        return f"{answer.custom_id[:12]}…: {attempt.error}"
    return None


def _find(db: Db, stage: Stage, key: str) -> Proposal | Verdict | BridgeVerdict | None:
    if stage == "proposals":
        return find_proposal(db, key)
    return find_verdict(db, key) or find_row(db, BridgeVerdict, identity=key)


def _is_unusable(row: Proposal | Verdict | BridgeVerdict) -> bool:
    if isinstance(row, Proposal):
        return row.outcome != "proposed"
    return row.verdict == "unscored"
