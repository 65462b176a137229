"""What a study states of the models behind arms, judges and the recorded agents."""

from collections.abc import Sequence
from typing import Any

from taste.study import Study

SEVERAL = "several"
"""Family of an agent whose models are of more than one."""


class Seats:
    """Families and dates by name, for the rows of one study."""

    def __init__(self, study: Study) -> None:
        """Takes them from a study; they are read again for every row."""
        self._proposers = {seat.name: seat for seat in study.proposers}
        self._judges = {seat.name: seat.family for seat in study.judges}
        self._agents = study.agent_families
        escalation = study.judging.escalation
        self._escalated = escalation.then if escalation else None

    def of_arm(self, arm: str) -> dict[str, Any]:
        """Returns family, release date and training cutoff of the model that an arm is of."""
        seat = self._proposers.get(arm.rpartition(":")[2])
        if seat is None:
            return {"proposer_family": None, "released": None, "cutoff": None}
        return {"proposer_family": seat.family, "released": seat.released, "cutoff": seat.cutoff}

    def of_judge(self, judge: str | None, escalation: float | None) -> dict[str, Any]:
        """Returns the family of a judge, and how likely it was to be asked about a trial.

        Args:
            judge: its name; None where there is no verdict.
            escalation: the stored chance that the trial's strong judge was asked.
        """
        asked = escalation if judge is not None and judge == self._escalated else None
        return {"judge_family": self._judges.get(judge or ""), "judge_probability": asked}

    def agent_family(self, models: Sequence[str]) -> str | None:
        """Returns the family of an agent's models, each by the longest prefix that the study has.

        `several` where they are of more than one, None where one of them is not known.
        """
        found = {self._family(model) for model in models}
        known = found - {None}
        if len(known) > 1:
            return SEVERAL
        return next(iter(known)) if len(known) == len(found) == 1 else None

    def _family(self, model: str) -> str | None:
        fitting = [prefix for prefix in self._agents if model.startswith(prefix)]
        return self._agents[max(fitting, key=len)] if fitting else None
