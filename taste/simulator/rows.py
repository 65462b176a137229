"""Writes a whole simulated study straight into the tables: no server, no prompt, no client.

For checking the analysis against a known truth. Every row says that it is simulated.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from taste.simulator.chance import digest
from taste.simulator.designs import name_set
from taste.simulator.draws import SESSIONS, SIZES
from taste.simulator.sessions import RowWriter, SimulatedPoint, add_sessions
from taste.simulator.studies import SimulatedStudy, draw_study
from taste.simulator.trial_rows import TrialWriter
from taste.simulator.world import World
from taste.tables import Item, ItemSet, Run, SetExclusion
from transcripts.db import Db
from transcripts.records import MAIN
from transcripts.tables import Annotation, Annotator

ANNOTATOR: Final = "simulated-annotator"
_KINDS: Final = {"suboptimal": "detour", "strong": "strong"}


def store_world(
    db: Db,
    world: World,
    seed: int,
    now: datetime,
    sizes: Mapping[str, int] = SIZES,
    sessions: int = SESSIONS,
) -> Run:
    """Store a run of one judge, one view and four controls with verdicts drawn from `world`.

    Models and `stock` are run on every item, the other controls on a drawn share of them, each
    proposer with a placebo of its own. For more, give `draw_study` a design and `store_study`
    what it returns.

    Args:
        db: with tables.
        world: the truth; arms beside the controls' names are its proposers.
        seed: of the draw, and part of every name, so that several worlds fit one database.
        now: the time that all rows carry.
        sizes: set -> number of items; the sets must be among the world's margins.
        sessions: number of sessions that the items come from.
    """
    return store_study(db, draw_study(world, seed, sizes=sizes, sessions=sessions), now)


def store_study(db: Db, drawn: SimulatedStudy, now: datetime) -> Run:
    """Store sessions, sets and one finished run with everything that was drawn; commits.

    Args:
        db: with tables.
        drawn: the study; its seed is part of every name.
        now: the time that all rows carry.
    """
    writer, seed = RowWriter(db, now), drawn.study.seed
    points = add_sessions(writer, seed, drawn.trials, drawn.sessions)
    items = _add_sets(writer, seed, points, drawn.sizes)
    run = _add_run(writer, drawn)
    TrialWriter(writer, run, drawn, points, items).add_all()
    writer.flush()
    db.commit()
    return db.get_one(Run, run)


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
            ItemSet, name=name_set(seed, name), kind=name, labels="one", actor="human",
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


def _add_run(writer: RowWriter, drawn: SimulatedStudy) -> int:
    study = drawn.study
    return writer.add(
        Run, study=study.name, study_text=drawn.text, study_hash=digest(drawn.text),
        plan_hash=study.plan_hash, simulated=True, seed=study.seed, status="done",
        started_at=writer.now, finished_at=writer.now, purpose="study",
    )  # fmt: skip
