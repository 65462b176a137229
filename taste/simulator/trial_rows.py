"""The rows of a simulated study's trials: proposals, restatements, verdicts, digests, probes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import orjson

from taste.conditions import ON_A_DIGEST
from taste.probe_tables import Probe
from taste.seats import ARMS, HINDSIGHT_ARMS
from taste.simulator.bank import BANK
from taste.simulator.chance import digest
from taste.simulator.designs import ENDPOINT
from taste.simulator.draws import SimulatedTrial, SimulatedVerdict
from taste.simulator.questions import SimulatedProbe
from taste.simulator.sessions import RowWriter, SimulatedPoint
from taste.simulator.studies import SimulatedStudy
from taste.surface import surface_of
from taste.tables import Call, Comparison, Digest, Proposal, Restatement, Trial, Verdict
from taste.views import LEAKY_DIGEST

_ATTEMPTS: Final = 3
_FIRST: Final = {"proposal_first": "proposal", "human_first": "human"}
_PRICES: Final = {"input": 1.0, "output": 5.0}
_USAGE: Final = {"input_tokens": 2_000, "output_tokens": 200}
_COST: Final = 0.003

_Key = tuple[str, int]


@dataclass
class TrialWriter:
    """Adds the rows of a study's trials to a writer, a point's own moves and digest once."""

    writer: RowWriter
    run: int
    drawn: SimulatedStudy
    points: Mapping[_Key, SimulatedPoint]
    items: Mapping[_Key, int]
    _humans: dict[_Key, int] = field(default_factory=dict)
    _digests: dict[_Key, int] = field(default_factory=dict)
    _trials: dict[_Key, dict[str, int]] = field(default_factory=dict)
    """Item -> arm -> its trial."""
    _proposed: dict[tuple[str, int, str], int] = field(default_factory=dict)
    """Set, item and arm -> the restatement of its proposal."""
    _comparisons: dict[tuple[str, int, str, str], int] = field(default_factory=dict)

    def add_all(self) -> None:
        """Add every trial with its verdicts, then the probes."""
        for trial in self.drawn.trials:
            self._add_trial(trial)
        for probe in self.drawn.probes:
            self._add_probe(probe)

    def _add_trial(self, trial: SimulatedTrial) -> None:
        key, full = (trial.set, trial.item), (trial.set, trial.item, trial.arm)
        point = self.points[key]
        if key not in self._humans:
            move = BANK[point.cut % len(BANK)].text
            self._humans[key] = self._add_restatement(point, None, move)
        proposal, restated = self._add_proposal(point, trial.arm)
        self._proposed[full] = restated
        number = self.writer.add(
            Trial, run_id=self.run, item_id=self.items[key], arm=trial.arm, repeat=1,
            proposal_id=proposal, in_share=self.drawn.items[key].in_share,
            escalation=trial.escalation, done=True,
        )  # fmt: skip
        self._trials.setdefault(key, {})[trial.arm] = number
        for verdict in trial.verdicts:
            order = _FIRST[verdict.order]
            if (*full, order) not in self._comparisons:
                self._comparisons[*full, order] = self.writer.add(
                    Comparison, decision_point_id=point.id, proposal_id=proposal,
                    human_id=self._humans[key], proposed_id=restated, order=order,
                )  # fmt: skip
            said = self._add_verdict(key, self._comparisons[*full, order], verdict)
            self.writer.link_verdict(number, said)

    def _add_proposal(self, point: SimulatedPoint, arm: str) -> tuple[int, int]:
        """Add a proposal with its restatement; return both ids."""
        move = BANK[(point.id + len(arm) * 7) % len(BANK)]
        identity = digest("simulated proposal", point.id, arm, 1)
        written_as, _, name = arm.rpartition(":")
        model = None if arm in ARMS else name
        call = None
        if model:
            answer = {"move": move.text, "why": move.why, "wrong_if": move.wrong_if}
            call = self._add_call(written_as or "propose", identity, model, answer, point)
        proposal = self.writer.add(
            Proposal, identity=identity, decision_point_id=point.id, arm=arm, repeat=1,
            hindsight=(written_as or arm) in HINDSIGHT_ARMS,
            outcome="proposed", move=move.text, why=move.why if model else None,
            wrong_if=move.wrong_if if model else None, source=None if model else "simulated",
            model=model, prompt_hash=hash_prompt("propose") if model else None,
            shown_hash=point.shown_hash, settings={}, call_id=call, simulated=True,
            created_at=self.writer.now,
        )  # fmt: skip
        return proposal, self._add_restatement(point, proposal, move.text)

    def _add_restatement(self, point: SimulatedPoint, proposal: int | None, move: str) -> int:
        identity = digest("simulated restatement", point.id, proposal)
        answer = {"status": "restated", "move": move, "initiator": "human"}
        model = self.drawn.study.restater.model
        return self.writer.add(
            Restatement, identity=identity, decision_point_id=point.id, proposal_id=proposal,
            verbatim=move, outcome="restated", move=move, initiator="human", compound=False,
            model=model, prompt_hash=hash_prompt("restate"), simulated=True,
            surface={"verbatim": _surface(move), "restated": _surface(move)},
            call_id=self._add_call("restate", identity, model, answer),
            created_at=self.writer.now,
        )  # fmt: skip

    def _add_verdict(self, key: _Key, comparison: int, said: SimulatedVerdict) -> int:
        point, condition = self.points[key], said.condition
        identity = digest("simulated verdict", comparison, said.judge, condition, said.sample)
        unscored = said.verdict == "unscored"
        reasoning = None if unscored else f"Simulated: the judge drew {said.verdict!r}."
        call = None
        if not unscored:
            answer = {
                "reasoning": reasoning,
                "verdict": said.verdict,
                "confidence": said.confidence,
            }
            call = self._add_call("judge", identity, said.judge, answer, point)
        return self.writer.add(
            Verdict, identity=identity, comparison_id=comparison, judge=said.judge,
            judge_kind="model", view=condition.view, form=condition.form,
            provenance=condition.provenance, prompt=condition.prompt, sample=said.sample,
            digest_id=self._digest(key) if condition.view in ON_A_DIGEST else None,
            verdict=said.verdict, reason=LEAKY_DIGEST if unscored else None,
            reasoning=reasoning, confidence=said.confidence, model=said.judge,
            prompt_hash=hash_prompt(condition.prompt), shown_hash=point.shown_hash, settings={},
            call_id=call, simulated=True, created_at=self.writer.now,
        )  # fmt: skip

    def _digest(self, key: _Key) -> int:
        """Return the digest that an item's views rest on; drafts that leak come before it."""
        if key in self._digests:
            return self._digests[key]
        refused = self.drawn.items[key].refused
        for attempt in range(1, _ATTEMPTS + 1 if refused else 2):
            self._digests[key] = self._add_digest(self.points[key], attempt, refused=refused)
        return self._digests[key]

    def _add_digest(self, point: SimulatedPoint, attempt: int, *, refused: bool) -> int:
        identity = digest("simulated digest", point.id, attempt)
        text, model = "Simulated: what came later.", self.drawn.study.digester_seat.model
        return self.writer.add(
            Digest, identity=identity, decision_point_id=point.id, attempt=attempt,
            outcome="leaky" if refused else "written", text=text,
            reason="simulated" if refused else None, leak={}, model=model,
            prompt_hash=hash_prompt("digest"), shown_hash=point.shown_hash, settings={},
            call_id=self._add_call("digest", identity, model, {"digest": text}, point),
            simulated=True, created_at=self.writer.now,
        )  # fmt: skip

    def _add_probe(self, probe: SimulatedProbe) -> None:
        key, point = (probe.set, probe.item), self.points[probe.set, probe.item]
        of_arm = (*key, probe.arm or "")
        comparison = None
        if probe.order is not None:
            comparison = self._comparisons[*of_arm, _FIRST[probe.order]]
        identity = digest("simulated probe", point.id, probe.kind, of_arm, probe.view, probe.seat)
        number = self.writer.add(
            Probe, identity=identity, kind=probe.kind, decision_point_id=point.id,
            restatement_id=self._asked(probe) if comparison is None else None,
            comparison_id=comparison, view=probe.view, seat=probe.seat, sample=1,
            answer=dict(probe.answer), reason=None, model=probe.seat,
            prompt_hash=hash_prompt(probe.kind), shown_hash=point.shown_hash, settings={},
            call_id=self._add_call(probe.kind, identity, probe.seat, probe.answer, point),
            simulated=True, created_at=self.writer.now,
        )  # fmt: skip
        for arm, trial in self._trials[key].items():
            if probe.arm in (None, arm):
                self.writer.link_probe(trial, number)

    def _asked(self, probe: SimulatedProbe) -> int:
        """Return the restatement that a probe is about."""
        if probe.arm is None:
            return self._humans[probe.set, probe.item]
        return self._proposed[probe.set, probe.item, probe.arm]

    def _add_call(
        self,
        purpose: str,
        identity: str,
        model: str,
        answer: Mapping[str, Any],
        point: SimulatedPoint | None = None,
    ) -> int:
        return self.writer.add(
            Call, run_id=self.run, purpose=purpose, identity=identity, attempt=1,
            endpoint=ENDPOINT, model=model, settings={}, prompt_hash=hash_prompt(purpose),
            shown_hash=point.shown_hash if point else None, request_hash=identity,
            outcome="answered", status_code=200, model_returned=model, stop_reason="end_turn",
            raw_reply=orjson.dumps(answer).decode(), usage=_USAGE, unit_prices=_PRICES,
            cost_usd=_COST, started_at=self.writer.now, seconds=0.0, simulated=True,
        )  # fmt: skip


@cache
def _surface(move: str) -> dict[str, int]:
    return surface_of(move).as_dict()


def hash_prompt(name: str) -> str:
    """Return the sha256 that stands for a prompt; the judge's is named by its wording."""
    return digest("simulated prompt", name)
