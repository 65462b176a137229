"""Writes a whole simulated study straight into the tables: no server, no prompt, no client.

For checking the analysis against a known truth. Every row says that it is simulated.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from taste.simulator.bank import BANK
from taste.simulator.chance import digest
from taste.simulator.draws import SESSIONS, SIZES, SimulatedVerdict, draw_verdicts
from taste.simulator.sessions import ENDPOINT, RowWriter, SimulatedPoint, add_sessions
from taste.simulator.world import World
from taste.study import ARMS, Study, parse_study
from taste.tables import (
    Call,
    Comparison,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    SetExclusion,
    Trial,
    Verdict,
)
from transcripts.db import Db
from transcripts.records import MAIN
from transcripts.tables import Annotation, Annotator

CONTROL_SHARE: Final = 0.25
JUDGE: Final = "simulated-judge"
RESTATER: Final = "simulated-restater"
ANNOTATOR: Final = "simulated-annotator"
_PROMPT_HASH: Final = digest("simulated prompt")
_KINDS: Final = {"suboptimal": "detour", "strong": "strong"}
_ORDERS: Final = {"proposal_first": "proposal", "human_first": "human"}
_PRICES: Final = {"input": 1.0, "output": 5.0}
_USAGE: Final = {"input_tokens": 2_000, "output_tokens": 200}
_COST: Final = 0.003


def store_world(
    db: Db,
    world: World,
    seed: int,
    now: datetime,
    sizes: Mapping[str, int] = SIZES,
    sessions: int = SESSIONS,
) -> Run:
    """Store sessions, both sets and one finished run with verdicts drawn from `world`; commits.

    Models and `stock` are run on every item, the other controls on a drawn share of them, each
    proposer with a placebo of its own.

    Args:
        db: with tables.
        world: the truth; arms beside the controls' names are its proposers.
        seed: of the draw, and part of every name, so that several worlds fit one database.
        now: the time that all rows carry.
        sizes: set -> number of items; the sets must be among the world's margins.
        sessions: number of sessions that the items come from.
    """
    proposers = [arm for arm in world.margins["suboptimal"] if arm not in ARMS]
    told = _with_placebos(world, proposers)
    drawn = list(draw_verdicts(told, random.Random(seed), sizes, sessions))
    text = study_text(seed, proposers, sizes)
    writer = RowWriter(db, now)
    points = add_sessions(writer, seed, drawn, sessions)
    items = _add_sets(writer, seed, points, sizes)
    run = _add_run(writer, parse_study(text, "simulated"), text)
    _add_trials(writer, run, drawn, _Chosen(points, items, _draw_controls(seed, sizes)))
    writer.flush()
    db.commit()
    return db.get_one(Run, run)


def study_text(seed: int, proposers: Sequence[str], sets: Iterable[str]) -> str:
    """Return the study file that the simulated run claims to have been made by."""
    seat = f'endpoint = "{ENDPOINT}"\nfamily = "simulated"\nprice = {{ input = 1, output = 5 }}\n'
    models = "".join(
        f'\n[[proposers]]\nname = "{name}"\nmodel = "{name}"\nreleased = {year}-01-01\n{seat}'
        for year, name in enumerate(proposers, start=2001)
    )
    names = ", ".join(f'"{_set_name(seed, name)}"' for name in sets)
    return (
        f'name = "simulated-{seed}"\nsets = [{names}]\nseed = {seed}\n\n'
        f'[[endpoints]]\nname = "{ENDPOINT}"\n{models}\n'
        f'[restater]\nname = "{RESTATER}"\nmodel = "{RESTATER}"\n{seat}\n'
        f'[[judges]]\nname = "{JUDGE}"\nmodel = "{JUDGE}"\nview = "full"\n{seat}\n'
        f"[controls]\nshare = {CONTROL_SHARE}\n\n[limits]\nbudget_usd = 100\n"
    )


def _set_name(seed: int, name: str) -> str:
    return f"simulated-{seed}-{name}"


def _with_placebos(world: World, proposers: Sequence[str]) -> World:
    margins = {}
    for name, arms in world.margins.items():
        kept = {arm: mean for arm, mean in arms.items() if arm != "placebo"}
        placebos = {f"placebo:{arm}": arms["placebo"] for arm in proposers if "placebo" in arms}
        margins[name] = {**kept, **placebos}
    return replace(world, margins=margins)


def _draw_controls(seed: int, sizes: Mapping[str, int]) -> frozenset[tuple[str, int]]:
    """Return the (set, item) on which the controls other than stock are run."""
    rng = random.Random(f"controls {seed}")
    return frozenset(
        (name, item)
        for name, size in sizes.items()
        for item in rng.sample(range(size), math.ceil(size * CONTROL_SHARE))
    )


def _add_sets(
    writer: RowWriter,
    seed: int,
    points: Mapping[tuple[str, int], SimulatedPoint],
    sizes: Iterable[str],
) -> dict[tuple[str, int], int]:
    """Annotate every point and freeze the sets; return item ids by (set, item)."""
    annotator = writer.add(Annotator, name=f"{ANNOTATOR}-{seed}")
    sets = {
        name: writer.add(
            ItemSet, name=_set_name(seed, name), kind=name, labels="one", actor="human",
            per_session=None, digest=digest("simulated set", seed, name), created_at=writer.now,
        )
        for name in sizes
    }  # fmt: skip
    items = {}
    for key, point in points.items():
        annotation = _add_annotation(writer, annotator, point)
        items[key] = writer.add(
            Item, set_id=sets[point.set], number=point.number, decision_point_id=point.id,
            annotation_id=annotation, lineage=f"simulated-{seed}-{point.session + 1:02d}",
            thread=MAIN, cut=point.cut, prefix_hash=point.prefix_hash,
        )  # fmt: skip
        for other in sets.keys() - {point.set}:
            writer.add(
                SetExclusion, set_id=sets[other], decision_point_id=point.id,
                reason=f"labelled {_KINDS[point.set]}",
            )  # fmt: skip
    return items


def _add_annotation(writer: RowWriter, annotator: int, point: SimulatedPoint) -> int:
    return writer.add(
        Annotation, decision_point_id=point.id, annotator_id=annotator,
        withdrawn=False, digest=digest("simulated label", point.id), kind=_KINDS[point.set],
        attribution="human", knowable="yes", recovery="full", initiator="human",
        basis="this_session", human_move_source="recorded", confidence=4, hidden_context=False,
        rationale="simulated", codebook="simulated", created_at=writer.now,
    )  # fmt: skip


def _add_run(writer: RowWriter, study: Study, text: str) -> int:
    return writer.add(
        Run, study=study.name, study_text=text, study_hash=digest(text),
        plan_hash=study.plan_hash, simulated=True, seed=study.seed, status="done",
        started_at=writer.now, finished_at=writer.now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What trials are made of: points and items by (set, item), and the controls' share."""

    points: Mapping[tuple[str, int], SimulatedPoint]
    items: Mapping[tuple[str, int], int]
    controls: frozenset[tuple[str, int]]


def _add_trials(
    writer: RowWriter, run: int, drawn: Sequence[SimulatedVerdict], chosen: _Chosen
) -> None:
    """Add proposals, restatements, comparisons and verdicts, two orders at a time."""
    humans: dict[int, int] = {}
    for first, second in zip(drawn[::2], drawn[1::2], strict=True):
        key = (first.set, first.item)
        controlled = first.arm in ("echo", "shuffled") or first.arm.startswith("placebo:")
        if controlled and key not in chosen.controls:
            continue
        point = chosen.points[key]
        if point.id not in humans:
            move = BANK[point.cut % len(BANK)].text
            humans[point.id] = _add_restatement(writer, run, point, None, move)
        proposal, restated = _add_proposal(writer, run, point, first.arm)
        trial = writer.add(
            Trial, run_id=run, item_id=chosen.items[key], arm=first.arm, repeat=1,
            proposal_id=proposal,
        )  # fmt: skip
        for verdict in (first, second):
            comparison = writer.add(
                Comparison, decision_point_id=point.id, proposal_id=proposal,
                human_id=humans[point.id], proposed_id=restated, order=_ORDERS[verdict.order],
            )  # fmt: skip
            writer.link(trial, _add_verdict(writer, run, comparison, point, verdict.verdict))


def _add_proposal(writer: RowWriter, run: int, point: SimulatedPoint, arm: str) -> tuple[int, int]:
    """Add a proposal with its restatement; return both ids."""
    move = BANK[(point.id + len(arm) * 7) % len(BANK)]
    identity = digest("simulated proposal", point.id, arm, 1)
    placebo, _, name = arm.rpartition(":")
    model = None if arm in ARMS else name
    call = None
    if model:
        answer = {"move": move.text, "why": move.why, "wrong_if": move.wrong_if}
        purpose = placebo or "propose"
        call = _add_call(writer, run, purpose, identity, model, point.shown_hash, answer)
    proposal = writer.add(
        Proposal, identity=identity, decision_point_id=point.id, arm=arm, repeat=1,
        outcome="proposed", move=move.text, why=move.why if model else None,
        wrong_if=move.wrong_if if model else None, source=None if model else "simulated",
        model=model, prompt_hash=_PROMPT_HASH if model else None,
        shown_hash=point.shown_hash, settings={}, call_id=call, simulated=True,
        created_at=writer.now,
    )  # fmt: skip
    return proposal, _add_restatement(writer, run, point, proposal, move.text)


def _add_restatement(
    writer: RowWriter, run: int, point: SimulatedPoint, proposal: int | None, move: str
) -> int:
    identity = digest("simulated restatement", point.id, proposal)
    answer = {"status": "restated", "move": move, "initiator": "human"}
    call = _add_call(writer, run, "restate", identity, RESTATER, None, answer)
    return writer.add(
        Restatement, identity=identity, decision_point_id=point.id, proposal_id=proposal,
        verbatim=move, outcome="restated", move=move, initiator="human", compound=False,
        model=RESTATER, prompt_hash=_PROMPT_HASH, call_id=call, simulated=True,
        created_at=writer.now,
    )  # fmt: skip


def _add_verdict(
    writer: RowWriter, run: int, comparison: int, point: SimulatedPoint, verdict: str
) -> int:
    identity = digest("simulated verdict", comparison)
    answer = {"reasoning": f"Simulated: the judge drew {verdict!r}.", "verdict": verdict}
    call = _add_call(writer, run, "judge", identity, JUDGE, point.shown_hash, answer)
    return writer.add(
        Verdict, identity=identity, comparison_id=comparison, judge=JUDGE, judge_kind="model",
        view="full", sample=1, verdict=verdict, reasoning=answer["reasoning"], model=JUDGE,
        prompt_hash=_PROMPT_HASH, shown_hash=point.shown_hash, settings={},
        call_id=call, simulated=True, created_at=writer.now,
    )  # fmt: skip


def _add_call(  # noqa: PLR0913 - one argument for each thing that differs between calls
    writer: RowWriter, run: int, purpose: str, identity: str, model: str,
    shown_hash: str | None, answer: Mapping[str, str],
) -> int:  # fmt: skip
    return writer.add(
        Call, run_id=run, purpose=purpose, identity=identity, attempt=1, endpoint=ENDPOINT,
        model=model, settings={}, prompt_hash=_PROMPT_HASH, shown_hash=shown_hash,
        request_hash=identity, outcome="answered", status_code=200, model_returned=model,
        stop_reason="end_turn", raw_reply=orjson.dumps(answer).decode(), usage=_USAGE,
        unit_prices=_PRICES, cost_usd=_COST, started_at=writer.now, seconds=0.0, simulated=True,
    )  # fmt: skip
