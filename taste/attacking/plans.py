"""The plan of the attacks on a study: its run, found or made, and what is attacked.

The run's calls and verdicts are its own; nothing of it enters a rate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from taste.attacking.bench import Bench
from taste.attacking.restated import Rewording, rewordings
from taste.attacking.targets import Target, draw_targets
from taste.attacks.corpus import Corpus
from taste.client import Client
from taste.endpoints import api_key, refusal
from taste.jobs import ATTACK, Purpose, find_run, hash_study
from taste.points import PointText, read_point
from taste.seats import Endpoint, ModelSeat
from taste.spending import Budget
from taste.study import Study
from taste.tables import Run
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, Session

ITEMS = 8
"""Items of each set that are attacked unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class Job:
    """The attacks on one target: on its judge, or on the restater."""

    target: Target
    restates: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be attacked with what, and in words what could not be drawn."""

    bench: Bench
    jobs: tuple[Job, ...]
    missing: tuple[str, ...]

    def read(self, db: Db, target: Target) -> PointText:
        """A target's texts, as its judge is shown them."""
        return read_point(db, target.item, self.bench.study.display)

    def rewordings(self, db: Db) -> Iterator[Rewording]:
        """Every hostile move that the restater is given."""
        for job in self.jobs:
            if job.restates:
                yield from rewordings(self.bench, job.target, self.read(db, job.target))


async def plan_attack(
    db: Db, study: Study, text: str, corpus: Corpus, *, items: int, now: datetime
) -> Plan:
    """Find or make the run of the attacks on a study, and draw what is attacked.

    Raises:
        UserError: if the study was not run, no verdict can be attacked, or a text not be sent.
    """
    plain = find_run(db, study)
    if plain is None:
        raise UserError(
            f"the study {study.name!r} has not been run as it stands; attacks start from its "
            "verdicts: `taste run` it first."
        )
    simulated = await _is_simulated(study, now)
    run = find_run(db, study, _purpose(corpus)) or _new_run(study, text, corpus, now)
    run.simulated = run.simulated or simulated
    drawn = draw_targets(db, study, plain, run.id, items)
    if not drawn.targets:
        raise UserError(
            f"run {plain.id} has no verdict under view full on a proposer's move yet; attacks "
            "start from such verdicts."
        )
    _check_leave(db, study, drawn.targets, now)
    db.add(run)
    db.commit()
    return Plan(Bench.of(study, run, corpus), _jobs(drawn.targets), drawn.missing)


def _purpose(corpus: Corpus) -> Purpose:
    """What tells the runs of one study apart: another corpus is another run."""
    return Purpose(ATTACK, (f"corpus {corpus.version}",))


def _new_run(study: Study, text: str, corpus: Corpus, now: datetime) -> Run:
    return Run(
        purpose=ATTACK,
        study=study.name,
        study_text=text,
        study_hash=hash_study(study, _purpose(corpus)),
        plan_hash=study.plan_hash,
        simulated=False,
        seed=study.seed,  # of the draw of what is attacked
        status="stopped",
        reason="not begun: nothing was sent yet",
        started_at=now,
    )


def _seats(study: Study) -> tuple[ModelSeat, ...]:
    return (*study.judges, study.restater)


def _endpoints(study: Study) -> list[Endpoint]:
    """The endpoints of the seats that are attacked, by name."""
    return [study.endpoint(name) for name in sorted({seat.endpoint for seat in _seats(study)})]


async def meet(client: Client, study: Study) -> bool:
    """Ask the loopback endpoints who they are; whether one is simulated."""
    return any([await client.is_simulated(endpoint.name) for endpoint in _endpoints(study)])


def client_of(study: Study, budget: Budget, now: Callable[[], datetime]) -> Client:
    """The one client, for the study's endpoints."""
    endpoints = {endpoint.name: endpoint for endpoint in study.endpoints}
    return Client(endpoints, study.limits, budget, clock=now)


async def _is_simulated(study: Study, now: datetime) -> bool:
    """Whether one of the attacked seats is simulated, after asking for every key."""
    for endpoint in _endpoints(study):
        api_key(endpoint)
    client = client_of(study, Budget(study.limits.budget_usd), lambda: now)
    try:
        return await meet(client, study)
    finally:
        await client.close()


def _check_leave(db: Db, study: Study, targets: tuple[Target, ...], now: datetime) -> None:
    """Refuse before anything is sent what the client would refuse in the middle."""
    points = {target.item.decision_point_id for target in targets}
    numbers = {db.get_one(DecisionPoint, point).session_id for point in points}
    for number in sorted(numbers):
        for endpoint in _endpoints(study):
            if reason := refusal(db.get_one(Session, number), endpoint, now.date()):
                raise UserError(reason)


def _jobs(targets: tuple[Target, ...]) -> tuple[Job, ...]:
    """Every target for its judge, and each attacked move once for the restater."""
    moves = {(target.comparison.id, target.whose): target for target in reversed(targets)}
    restating = tuple(Job(target, restates=True) for target in reversed(moves.values()))
    return (*(Job(target) for target in targets), *restating)
