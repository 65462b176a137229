"""Pairs of moves in a workpack: nothing in the file tells whose move is whose.

What stands first on the screen is stored as if it were the human's, for every pair; identities,
times, numbers, models and the run behind them are replaced, and no verdict comes along.
"""

import uuid
from datetime import datetime
from typing import Any

import orjson

from taste.assignment_tables import Assignment
from taste.conditions import ON_A_DIGEST
from taste.pairs import read_display, read_pair
from taste.seats import View
from taste.study import StudyDisplay
from taste.tables import (
    Comparison,
    Digest,
    Item,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from taste.workpacks.copying import Pack
from transcripts.tables import DecisionPoint, Session

HIDDEN = "hidden"
_SEAT = {"name": HIDDEN, "model": HIDDEN, "endpoint": HIDDEN, "price": {"input": 1, "output": 1}}


class Pairs:
    """The stand-ins of a pack, made on first use."""

    def __init__(self, pack: Pack, now: datetime) -> None:
        self._pack = pack
        self._now = now
        self._set: int | None = None
        self._runs: dict[str, int] = {}
        self._items: dict[int, int] = {}

    def add(self, task: Assignment) -> int:
        """Copy what an assignment to judge shows; the number of its comparison in the pack."""
        shown = read_pair(self._pack.ours, task)
        compared = self._pack.ours.get_one(Comparison, task.comparison_id)
        point = self._pack.number(DecisionPoint, compared.decision_point_id)
        moves = [
            self._move(point, text, simulated=shown.simulated)
            for text in (shown.first, shown.second)
        ]
        proposal = self._proposal(point, simulated=shown.simulated)
        number = self._pack.stand_in(
            Comparison(
                decision_point_id=point,
                proposal_id=proposal,
                human_id=moves[0],
                proposed_id=moves[1],
                order="human",
            )
        )
        trial = self._trial(compared, shown.view, point, proposal)
        if shown.view in ON_A_DIGEST and shown.digest_id is not None:
            digest = self._digest(shown.digest_id, point)
            self._showing(number, trial, digest, shown.view, shown.shown_hash)
        return number

    def _move(self, point: int, text: str, *, simulated: bool) -> int:
        return self._pack.stand_in(
            Restatement(
                identity=_new(),
                decision_point_id=point,
                verbatim=text,
                outcome="restated",
                move=text,
                prompt_hash=HIDDEN,
                simulated=simulated,
                created_at=self._now,
            )
        )

    def _proposal(self, point: int, *, simulated: bool) -> int:
        """A row that the comparison has to point to; it says nothing."""
        return self._pack.stand_in(
            Proposal(
                identity=_new(),
                decision_point_id=point,
                arm=HIDDEN,
                repeat=1,
                outcome=HIDDEN,
                shown_hash=HIDDEN,
                simulated=simulated,
                created_at=self._now,
            )
        )

    def _trial(self, compared: Comparison, view: View, point: int, proposal: int) -> int:
        run = self._run(read_display(self._pack.ours, compared, view))
        item = self._item(point, compared.decision_point_id)
        return self._pack.stand_in(
            Trial(run_id=run, item_id=item, arm=_new(), repeat=1, proposal_id=proposal)
        )

    def _run(self, display: StudyDisplay) -> int:
        """A run of which only the display settings are true."""
        text = _study_text(display)
        if text not in self._runs:
            self._runs[text] = self._pack.stand_in(
                Run(
                    study=HIDDEN,
                    study_text=text,
                    study_hash=HIDDEN,
                    plan_hash=HIDDEN,
                    simulated=False,
                    seed=0,
                    status="done",
                    started_at=self._now,
                )
            )
        return self._runs[text]

    def _item(self, point: int, ours: int) -> int:
        """An item without its set, whose kind says how the human's move turned out."""
        if point in self._items:
            return self._items[point]
        if self._set is None:
            values: dict[str, Any] = {"kind": HIDDEN, "labels": HIDDEN, "actor": HIDDEN}
            values |= {"digest": HIDDEN, "created_at": self._now}
            self._set = self._pack.stand_in(ItemSet(name=HIDDEN, **values))
        row = self._pack.ours.get_one(DecisionPoint, ours)
        session = self._pack.ours.get_one(Session, row.session_id)
        self._items[point] = self._pack.stand_in(
            Item(
                set_id=self._set,
                number=len(self._items) + 1,
                decision_point_id=point,
                lineage=session.lineage,
                thread=f"{session.external_id}/{row.thread}",
                cut=row.cut,
                prefix_hash=row.prefix_hash,
            )
        )
        return self._items[point]

    def _digest(self, ours: int, point: int) -> int:
        if self._pack.has(Digest, ours):
            return self._pack.number(Digest, ours)
        row = self._pack.ours.get_one(Digest, ours)
        return self._pack.add(
            row, identity=_new(), decision_point_id=point, reason=None, leak={}, model=None,
            prompt_hash=HIDDEN, settings={}, call_id=None, attempt=1,
            created_at=self._now, shown_hash=HIDDEN,
        )  # fmt: skip

    def _showing(self, comparison: int, trial: int, digest: int, view: str, shown: str) -> None:
        """That the digest was shown to some judge; no judge's verdict comes along."""
        verdict = self._pack.stand_in(
            Verdict(
                identity=_new(),
                comparison_id=comparison,
                judge=HIDDEN,
                judge_kind="model",
                view=view,
                digest_id=digest,
                sample=1,
                verdict="unscored",
                reason=HIDDEN,
                shown_hash=shown,
                simulated=False,
                created_at=self._now,
            )
        )
        link = TrialVerdict(trial_id=trial, verdict_id=verdict)
        self._pack.theirs.add(link)
        self._pack.theirs.flush()


def _new() -> str:
    return uuid.uuid4().hex


def _study_text(display: StudyDisplay) -> str:
    """A study file that names nobody."""
    values = {
        "name": HIDDEN,
        "sets": [HIDDEN],
        "endpoints": [{"name": HIDDEN}],
        "proposers": [_SEAT],
        "restater": _SEAT,
        "judges": [_SEAT],
        "limits": {"budget_usd": 1},
        "display": display.model_dump(mode="json", exclude_none=True),
    }
    return "\n".join(f"{key} = {_toml(value)}" for key, value in values.items())


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return orjson.dumps(value).decode()
