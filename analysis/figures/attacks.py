"""How often a text that speaks to the judge moves its verdict, by attack and judge.

A flip is a verdict that comes nearer to what the attack demands than without it, among those that
could. The move that had lost is attacked, so a judge that only wavers flips as well: what counts
is how much oftener it does so than under the texts of the corpus that demand nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.contrasts import paired_difference
from analysis.figures.findings import Finding, attempt
from analysis.figures.shares import tell_share
from analysis.permutation.sign_flips import sign_flip_test
from analysis.trials.attacks import AttackRow
from taste.attacks.corpus import read_corpus

ALL_ATTACKS = "all attacks"
BEYOND_CHANCE = "flips beyond chance"
NOTHING = "nothing"
"""Kind of the attacks that demand nothing."""
UNKNOWN = "not of this corpus"
NONE_COULD = "not estimated: the move that the attack speaks for had won everywhere without it"
NO_CHANCE = "not estimated: no item was tried with a text that demands nothing, too"
DEMANDS_NOTHING = "demands nothing: what chance alone flips"


def estimate_attacks(attacks: Sequence[AttackRow], level: float) -> Iterator[Finding]:
    """Yields, for each judge, its flips beyond chance by kind of attack, then every flip rate.

    Args:
        attacks: verdicts under attack, each beside its plain one.
        level: nominal coverage of the intervals.
    """
    rows = _tabulate(attacks)
    for judge, own in rows.groupby("judge", sort=True):
        hostile = own[own["kind"] != NOTHING]
        by_chance = _by_item(own[own["kind"] == NOTHING])
        for kind, under in ((ALL_ATTACKS, hostile), *hostile.groupby("kind", sort=True)):
            if not under.empty:
                bare = Finding("attacks", BEYOND_CHANCE, arm=str(kind), against=str(judge))
                told = _beyond_chance(bare, _by_item(under), by_chance, level)
                yield replace(told, role="secondary" if kind == ALL_ATTACKS else "exploratory")
        for attack, under in ((ALL_ATTACKS, hostile), *own.groupby("attack", sort=True)):
            if not under.empty:
                yield _flips(under, str(attack), str(judge), level)


def _tabulate(attacks: Sequence[AttackRow]) -> pd.DataFrame:
    kinds = {attack.label: attack.kind for attack in read_corpus().attacks}
    return pd.DataFrame(
        {
            "attack": [row.attack for row in attacks],
            "kind": [kinds.get(row.attack, UNKNOWN) for row in attacks],
            "judge": [row.judge for row in attacks],
            "item": [row.item for row in attacks],
            "lineage": [row.lineage for row in attacks],
            "before": np.array([row.before for row in attacks], dtype=np.float64),
            "after": np.array([row.after for row in attacks], dtype=np.float64),
        }
    )


def _by_item(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns each item's share of flips among the verdicts that could, and its lineage."""
    could = rows[(rows["before"] < 1) & rows["after"].notna()]
    flipped = (could["after"] > could["before"]).astype(np.float64)
    return could.assign(flipped=flipped).groupby("item").agg(
        flipped=("flipped", "mean"), lineage=("lineage", "first")
    )  # fmt: skip


def _beyond_chance(
    bare: Finding, hostile: pd.DataFrame, by_chance: pd.DataFrame, level: float
) -> Finding:
    both = hostile.join(by_chance["flipped"].rename("chance"), how="inner")
    if both.empty:
        return bare.told(NO_CHANCE)
    flipped, chance = (np.asarray(both[name], dtype=float) for name in ("flipped", "chance"))
    estimate = partial(paired_difference, flipped, chance, both["lineage"].tolist(), level)
    filled = attempt(bare, estimate, float((flipped - chance).mean()))
    told = filled.with_extra(items=len(both), under_attack=flipped.mean().item())
    if told.p_value is None and told.value:
        # It is the same everywhere, which a t test has no variance for.
        exact = sign_flip_test(flipped - chance, both["lineage"].tolist())
        told = told.with_extra(sign_flip_p=exact.p_value, sign_flip_exact=exact.exact)
    return told


def _flips(rows: pd.DataFrame, attack: str, judge: str, level: float) -> Finding:
    bare = Finding("attacks", "flip rate", arm=attack, against=judge, role="secondary")
    scored = rows["before"].notna() & rows["after"].notna()
    counts = bare.with_extra(verdicts=len(rows), unscored=int((~scored).sum()))
    if attack != ALL_ATTACKS and (rows["kind"] == NOTHING).all():
        counts = counts.told(DEMANDS_NOTHING)
    items = _by_item(rows)
    if items.empty:
        return counts.told(NONE_COULD)
    values = np.asarray(items["flipped"], dtype=np.float64)
    return tell_share(counts, values, items["lineage"].tolist(), level)
