"""The command power: what a planned study can show, and what more of anything would buy."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from taste.cli import power_options as ask
from taste.cli.shared import JsonOption, write_json
from transcripts.errors import UserError

if TYPE_CHECKING:
    from analysis.power.assumptions import Aim
    from analysis.power.overview import Overview, Wishes
    from analysis.power.planning import Pilots, Stated


def power(  # noqa: PLR0913
    *,
    items: ask.Items = None,
    clusters: ask.Clusters = None,
    other_items: ask.OtherItems = None,
    size_cv: ask.SizeCv = None,
    pilot: ask.Pilot = None,
    arm: ask.Arm = None,
    sessions_screened: ask.SessionsScreened = None,
    icc: ask.Icc = None,
    sd: ask.Sd = None,
    difference_icc: ask.DifferenceIcc = None,
    difference_sd: ask.DifferenceSd = None,
    set_correlation: ask.SetCorrelation = 0.0,
    verdict_sd: ask.VerdictSd = None,
    proposal_sd: ask.ProposalSd = None,
    hours: ask.Hours = None,
    people: ask.People = 1,
    annotators: ask.Annotators = 1,
    minutes_per_session: ask.MinutesPerSession = None,
    minutes_per_item: ask.MinutesPerItem = None,
    items_per_session: ask.ItemsPerSession = None,
    session_yield: ask.SessionYield = None,
    wanted: ask.Power = 0.8,
    level: ask.Level = 0.95,
    effect: ask.Effect = None,
    margin: ask.Margin = 0.1,
    judge_correlation: ask.JudgeCorrelation = 0.6,
    simulate: ask.Simulate = False,
    seed: ask.Seed = 1,
    ascii_: ask.Ascii = False,
    json_: JsonOption = False,
) -> None:
    """Say what planned items and clusters can show, from a pilot or from stated assumptions."""
    from analysis.power.assumptions import Aim
    from analysis.power.labour import Labour
    from analysis.power.overview import Wishes
    from analysis.power.planning import Stated
    from taste.cli.power_text import write_overview

    work = (minutes_per_session, minutes_per_item, items_per_session, None, session_yield)
    scores = (sd, icc, difference_sd, difference_icc, set_correlation, verdict_sd, proposal_sd)
    labour = Labour(*work, annotators)
    stated = Stated(items, clusters, other_items, size_cv, *scores, labour, hours, people)
    wishes = Wishes(effect, margin, judge_correlation, seed if simulate else None)
    shown = None if pilot is None else _Shown(pilot, arm, sessions_screened)
    found = _look_over(stated, shown, wishes, Aim(level, wanted))
    write_json(found) if json_ else write_overview(found, ascii_=ascii_)


@dataclass(frozen=True)
class _Shown:
    """Where a pilot stands and which of its arms is meant."""

    table: Path
    arm: str | None
    sessions_screened: int | None


def _look_over(stated: "Stated", shown: _Shown | None, wishes: "Wishes", aim: "Aim") -> "Overview":
    from analysis.errors import EstimateError
    from analysis.power.overview import power_overview
    from analysis.power.planning import make_plan

    try:
        pilots = None
        if shown is not None:
            pilots = read_pilots(shown.table, shown.arm, shown.sessions_screened, aim.level)
        return power_overview(make_plan(stated, pilots, aim), pilots, wishes)
    except EstimateError as error:
        raise UserError(str(error)) from error


def read_pilots(
    table: Path, arm: str | None, sessions_screened: int | None = None, level: float = 0.95
) -> "Pilots":
    """What the trials in a table show of an arm's scores.

    Raises:
        UserError: if the table cannot be read, the arm is not clear or too little is scored.
    """
    from analysis.errors import EstimateError
    from analysis.power.pilot_table import pilots_from_table
    from analysis.trials.files import read_trial_file

    try:
        return pilots_from_table(read_trial_file(table), arm, sessions_screened, level)
    except EstimateError as error:
        raise UserError(str(error)) from error
