"""Who judges whom: rates by the families of judge, proposer and the session's agent."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from analysis.figures.board import Board, Mask, SetBoard
from analysis.figures.findings import OWN_FAMILY, Finding
from analysis.figures.models import FEWEST_IN_A_SLICE
from analysis.figures.shares import tell_share

UNKNOWN = "unknown family"
TOO_FEW = f"fewer than {FEWEST_IN_A_SLICE} items"


def estimate_judge_families(board: Board) -> Iterator[Finding]:
    """Yields the rate of every family of judges, of proposers and of agents, where any is known."""
    outline = board.outline
    if not outline.families and not outline.judge_families:
        return
    judges = _group(outline.judges, outline.judge_families)
    models = _group(outline.models, outline.families)
    for found in board.sets:
        agents = found.facts["agent_family"].astype(object)
        agents = agents.where(agents.notna(), UNKNOWN)
        for agent in sorted(agents.unique()):
            inside = np.asarray(agents == agent, dtype=bool)
            for judge in judges:
                for model in models:
                    bare = Finding(
                        "judges", f"win rate, agent of {agent}", found.name, model, judge
                    )
                    own = [OWN_FAMILY] if model == judge != UNKNOWN else []
                    pairs = (judges[judge], models[model])
                    yield from _cell(board, found.take(inside), bare.told(*own), pairs)


def _group(names: Sequence[str], families: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(families.get(name, UNKNOWN), []).append(name)
    return dict(sorted(found.items()))


def _cell(
    board: Board, found: SetBoard, bare: Finding, of: tuple[list[str], list[str]]
) -> Iterator[Finding]:
    """One family of judges on one family of models: the mean of all their scores of an item."""
    judges, models = of
    scores = [
        found.by_judge[judge][model]
        for judge in judges
        for model in models
        if model in found.by_judge.get(judge, {})
    ]
    if not scores:
        return
    stacked = np.array(scores)
    kept: Mask = ~np.all(np.isnan(stacked), axis=0)
    items = int(kept.sum())
    if items < FEWEST_IN_A_SLICE:
        yield bare.told(TOO_FEW).with_extra(items=items)
        return
    means = np.nanmean(stacked[:, kept], axis=0)
    clusters = found.clusters[kept].tolist()
    yield tell_share(bare, means, clusters, board.outline.plan.level)
