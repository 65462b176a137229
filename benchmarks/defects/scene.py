"""The figures of one drawn study, each section taken once and only where it is read.

Every number comes from the estimators behind `taste stats`; nothing is estimated here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

from analysis.figures.attacks import estimate_attacks
from analysis.figures.blinding import estimate_blinding
from analysis.figures.board import Board, build_board
from analysis.figures.checks import estimate_checks
from analysis.figures.conditions import Paired, pair_conditions
from analysis.figures.corrections import estimate_corrections
from analysis.figures.escalation import estimate_escalation
from analysis.figures.findings import Finding, attempt
from analysis.figures.pairs import plain_difference
from analysis.figures.probes import estimate_probes
from analysis.figures.verdicts import by_judge, count_by_trial, scored_verdicts
from analysis.judges.stability import position_effect
from analysis.trials.filters import HEADLINE
from analysis.trials.table import TrialTable
from benchmarks.defects.attacks import draw_attacks
from benchmarks.defects.tables import list_probes, outline_drawn, tabulate_drawn
from benchmarks.defects.worlds import JUDGES
from taste.seats import View
from taste.simulator.studies import SimulatedStudy
from taste.simulator.world import World


@dataclass(frozen=True)
class Scene:
    """A drawn study as the figures see it."""

    world: World
    drawn: SimulatedStudy

    @cached_property
    def table(self) -> TrialTable:
        """All trials."""
        return tabulate_drawn(self.drawn)

    @cached_property
    def board(self) -> Board:
        """The scores under the headline's condition."""
        return build_board(self.table, outline_drawn(self.drawn, self.table))

    @cached_property
    def checks(self) -> list[Finding]:
        """Placebo and shuffled moves against what is expected of them, adjusted."""
        return [one for one in estimate_checks(self.board) if "alarm" in one.extra]

    @cached_property
    def positions(self) -> list[Finding]:
        """The position effect of each judge over everything that it judged."""
        verdicts = scored_verdicts(self.table.choose(HEADLINE), self.board.cluster)
        level = self.board.outline.plan.level
        return [
            attempt(
                Finding("judges", "position effect", against=judge),
                partial(position_effect, count_by_trial(rows), level),
            )
            for judge, rows in by_judge(verdicts)
        ]

    @cached_property
    def blinding(self) -> list[Finding]:
        """What labels are worth, and how many digests were found leaky."""
        return list(estimate_blinding(self.board, self.table, HEADLINE))

    @cached_property
    def probes(self) -> list[Finding]:
        """What the probes answered."""
        return list(estimate_probes(self.board, list_probes(self.drawn), self.table))

    @cached_property
    def corrections(self) -> list[Finding]:
        """Self-preference, and what else is taken out of a rate."""
        return list(estimate_corrections(self.board, self.board))

    @cached_property
    def escalated(self) -> list[Finding]:
        """The rates of a judge that was asked about some trials only."""
        return list(estimate_escalation(self.board, self.table, HEADLINE))

    def attacks(self, items: int) -> list[Finding]:
        """Returns what hostile texts do to the verdicts of each judge, all of them together."""
        attacks = list(draw_attacks(self.world, self.drawn, items))
        level = self.board.outline.plan.level
        by_own = ([one for one in attacks if one.judge == judge] for judge in JUDGES)
        # the first figure of a judge is of all attacks; those of each single one take long
        return [next(estimate_attacks(own, level)) for own in by_own]

    def minus_stock(self) -> Iterator[Finding]:
        """Yields every model less stock on every set."""
        for found in self.board.sets:
            for model in self.board.outline.models:
                bare = Finding("nulls", "minus stock", found.name, model, "stock")
                yield plain_difference(self.board, found, bare)

    def under(self, views: tuple[View, View]) -> Paired:
        """Returns what was judged under both of two views."""
        pair = (replace(HEADLINE, view=view) for view in views)
        paired = pair_conditions(self.table, self.board.outline, *pair)
        assert paired is not None
        return paired
