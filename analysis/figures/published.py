"""What can be said of published counts alone.

Rates, their widths if items were clustered, and how little the pairing is known. There are no
items in such a table, so most figures cannot be had at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from analysis.errors import EstimateError
from analysis.figures.findings import CLUSTERS_UNKNOWN, Extra, Finding
from analysis.figures.nulls import NO_ERROR
from analysis.intervals import EVEN
from analysis.population.selection import redraw_null
from analysis.published_counts import (
    PublishedRate,
    clustered_interval,
    paired_range,
    published_rate,
    unpaired_difference,
)
from analysis.trials.counts import Count

ALL_ARMS = "*"
"""What a table calls the arm of a rate that was published for all arms together."""
NO_ITEMS = f"{CLUSTERS_UNKNOWN}: intervals take items for independent, and are too narrow"
BOX = (
    "the interval is the box of both rates' intervals: it covers at least twice their level less 1"
)
OPEN = "not identified: no share is excluded"
ASSUMED = ((0.1, 40), (0.1, 25), (0.3, 25), (0.3, 8))
"""Intra-class correlation and sessions for which the interval is told again."""
NULLS = ((0.1, 0.5), (0.2, 0.8), (0.3, 0.8), (0.2, 1.0))
"""Share of the decisions that a set stands for, and reliability of the labels."""


def estimate_published(counts: Sequence[Count], level: float = 0.95) -> tuple[Finding, ...]:
    """Returns everything that published counts allow to be said.

    Args:
        counts: one for each arm and set.
        level: nominal coverage of all intervals.

    Raises:
        EstimateError: no count of items rounds to a printed percentage.
    """
    rates = {
        (one.set, one.arm): published_rate(
            one.percent, one.items, decimals=one.decimals, ties=True, level=level
        )
        for one in counts
    }
    found = [
        *_rates(rates), *_clustered(rates), *_nulls(rates), *_sets(rates),
        *_pairs(counts, rates, level), *_break_even(rates),
    ]  # fmt: skip
    return tuple(one.told(NO_ITEMS) for one in found)


Rates = dict[tuple[str, str], PublishedRate]


def _rates(rates: Rates) -> Iterator[Finding]:
    for (set_name, arm), rate in rates.items():
        finding = Finding("rates", "win rate", set_name, arm, value=rate.percent / 100)
        yield finding.with_extra(
            low=rate.low, high=rate.high, items=rate.n,
            fewest_wins=min(rate.counts), most_wins=max(rate.counts),
        )  # fmt: skip


def _clustered(rates: Rates) -> Iterator[Finding]:
    for (set_name, arm), rate in rates.items():
        for icc, sessions in ASSUMED:
            if sessions > rate.n:
                continue
            wider = clustered_interval(rate, icc, sessions)
            name = f"win rate if {sessions} equal sessions had an ICC of {icc:g}"
            yield Finding("rates", name, set_name, arm, value=rate.percent / 100).with_extra(
                low=wider.low, high=wider.high, effective_n=wider.effective_n
            )


def _nulls(rates: Rates) -> Iterator[Finding]:
    for (set_name, arm), rate in rates.items():
        if set_name not in ("suboptimal", "strong"):
            continue
        for share, reliability in NULLS:
            null = getattr(redraw_null(share, share, reliability), set_name)
            name = f"beside a redraw, {share:.0%} of decisions, labels {reliability:g} reliable"
            finding = Finding("nulls", name, set_name, arm, "redraw", value=rate.percent / 100)
            yield finding.told(NO_ERROR).with_extra(
                low=rate.low, high=rate.high, redraw=null, rate_is=_place(rate, null)
            )


def _place(rate: PublishedRate, null: float) -> str:
    if rate.high < null:
        return "below it, were items independent"
    if rate.low > null:
        return "above it, were items independent"
    return "not told apart from it"


def _strong(rates: Rates, arm: str) -> PublishedRate | None:
    """The arm's rate on the strong set, or the one that was published for all arms together."""
    return rates.get(("strong", arm)) or rates.get(("strong", ALL_ARMS))


def _sets(rates: Rates) -> Iterator[Finding]:
    for (set_name, arm), rate in rates.items():
        other = _strong(rates, arm)
        if set_name == "suboptimal" and other is not None:
            gap = unpaired_difference(rate, other, rate.level)
            yield Finding(
                "sets", "set contrast", "suboptimal − strong", arm,
                value=(rate.percent - other.percent) / 100,
            ).told("sessions that the sets share are not known").with_extra(
                low=gap.low, high=gap.high
            )  # fmt: skip


def _pairs(counts: Sequence[Count], rates: Rates, level: float) -> Iterator[Finding]:
    """Arms of one set: as if on different items, and over all that the same items allow."""
    for a, b in combinations(counts, 2):
        if a.set != b.set:
            continue
        one, two = (_of_whole_items(x, rates[x.set, x.arm]) for x in (a, b))
        value = (a.percent - b.percent) / 100
        gap = unpaired_difference(one, two, level)
        bare = Finding("models", "model minus model, unpaired", a.set, a.arm, b.arm, value)
        yield bare.told("as if on different items").with_extra(low=gap.low, high=gap.high)
        yield _paired(a, b, value, one, two)


def _of_whole_items(count: Count, rate: PublishedRate) -> PublishedRate:
    """The rate without half wins, which a table of two arms has no place for, where it has any."""
    if not rate.whole:
        return rate
    return published_rate(count.percent, count.items, decimals=count.decimals, level=rate.level)


def _paired(a: Count, b: Count, value: float, one: PublishedRate, two: PublishedRate) -> Finding:
    bare = Finding("models", "model minus model, same items", a.set, a.arm, b.arm, value)
    try:
        possible = paired_range(one, two)
    except EstimateError as error:
        return bare.told(f"not estimated: {error}")
    told: dict[str, Extra] = {
        "smallest_p": possible.smallest_p,
        "largest_p": possible.largest_p,
        "fewest_discordant": possible.fewest_discordant,
        "most_discordant": possible.most_discordant,
        "always_below_alpha_up_to_discordant": possible.all_below,
        "never_below_alpha_from_discordant": possible.none_below,
    }
    return bare.told(
        "the p value depends on how often the two disagreed, not published"
    ).with_extra(**told)


def _break_even(rates: Rates) -> Iterator[Finding]:
    """The share of detours at which an arm would win half of all decisions, from the points."""
    for (set_name, arm), rate in rates.items():
        other = _strong(rates, arm)
        if set_name != "suboptimal" or other is None or rate.percent == other.percent:
            continue
        share = _crossing(rate.percent / 100, other.percent / 100)
        bare = Finding("base_rates", "break-even share of detours", "suboptimal + strong", arm)
        if not 0 <= share <= 1:
            yield bare.told("no share of detours makes it one half")
            continue
        low, high = _not_excluded(rate, other)
        told = replace(bare, value=share).told(BOX, *([OPEN] if (low, high) == (0, 1) else []))
        yield told.with_extra(low=low, high=high)


def _crossing(detours: float, strong: float) -> float:
    """The share of detours at which a curve from the one rate to the other is one half."""
    return (EVEN - strong) / (detours - strong)


def _not_excluded(rate: PublishedRate, other: PublishedRate) -> tuple[float, float]:
    """The shares at which the lower curve is at most one half and the upper one at least that."""
    low, high = 0.0, 1.0
    # A rate that has to be above one half is turned over, so that both ask the same.
    for detours, strong in ((rate.low, other.low), (1 - rate.high, 1 - other.high)):
        if detours > EVEN >= strong:
            high = min(high, _crossing(detours, strong))
        elif strong > EVEN >= detours:
            low = max(low, _crossing(detours, strong))
    return low, high
