"""How figures are put into words: percentages, intervals, and the headline sentence.

Pure: results to text, without markup. Every number that a reader quotes is worded here.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType

from analysis.figures.headline import NO_STOCK, Contrast, Results
from analysis.figures.lines import ArmLine, Figure
from analysis.figures.outline import RunSet

MINUS = "−"
ARM_NOTES = MappingProxyType(
    {
        "stock": "a fixed, context-free move",
        "stock_fit": "the best one on pilot points",
        "echo": "the agent’s own last offer",
        "placebo": "the act itself, rewritten",
        "shuffled": "an earlier act of the session",
        "person": "another person’s move",
        "recovery": "what brought it back on track",
        "oracle": "shown the whole session",
    }
)
"""What a control arm is, in a few words."""

NOT_TOLD_APART = "not told apart from stock moves"
VIEWS = MappingProxyType({"full": "with the whole session", "digest": "under a digest"})
"""The two views that are told together, as a sentence ends with them."""

_KINDS = MappingProxyType(
    {
        "suboptimal": ("detour", "detours"),
        "strong": ("strong move", "strong moves"),
        "random": ("random decision point", "random decision points"),
        "pilot": ("pilot point", "pilot points"),
    }
)
_OWNERS = MappingProxyType({"human": "the researcher's", "agent": "the agent's"})


def count_items(number: int, kind: str) -> str:
    """Returns for instance "129 detours"."""
    one, many = _KINDS.get(kind, ("item", "items"))
    return f"{number} {one if number == 1 else many}"


def name_owners(sets: Sequence[RunSet]) -> str:
    """Returns whose move the proposals are held against: the human’s, or an agent’s."""
    actors = sorted({found.actor for found in sets}, reverse=True) or ["human"]
    return " or ".join(f"the {actor}’s" for actor in actors)


def name_one(kind: str) -> str:
    """Returns the singular by which a kind of set is called."""
    return _KINDS.get(kind, ("item", "items"))[0]


def points(value: float) -> int:
    """Returns a share in whole points, halves away from zero."""
    return int(math.copysign(math.floor(abs(value) * 100 + 0.5), value))


def percent(value: float | None) -> str:
    """Returns a share as a whole percentage."""
    return "–" if value is None else f"{whole(value)} %"


def percent1(value: float | None) -> str:
    """Returns a share as a percentage with one decimal."""
    return "–" if value is None else f"{_one_decimal(value)} %"


def signed1(value: float | None) -> str:
    """Returns a difference in points with one decimal and its sign."""
    if value is None:
        return "–"
    words = _one_decimal(value)
    return words if words.startswith(MINUS) or words == "0.0" else f"+{words}"


def span1(figure: Figure) -> str:
    """Returns the interval with one decimal, or why there is none."""
    if figure.low is None or figure.high is None:
        return figure.note
    return f"{_one_decimal(figure.low)} to {_one_decimal(figure.high)}"


def _one_decimal(value: float) -> str:
    words = f"{value * 100:.1f}"
    return "0.0" if words == "-0.0" else words.replace("-", MINUS)


def whole(value: float) -> str:
    """Returns a share in whole points with a true minus sign."""
    return str(points(value)).replace("-", MINUS)


def span(figure: Figure, *, turned: bool = False) -> str:
    """Returns the interval in whole points, or why there is none.

    Args:
        figure: with the interval.
        turned: whether to word it from the other side, as for "below" in place of "above".
    """
    if figure.low is None or figure.high is None:
        return figure.note
    if turned:
        return f"{whole(-figure.high)} to {whole(-figure.low)}"
    return f"{whole(figure.low)} to {whole(figure.high)}"


def round_together(shares: tuple[float, ...]) -> list[int]:
    """Rounds shares of a whole to percentages that add up to 100, by largest remainder."""
    rounded = [math.floor(share * 100) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda n: rounded[n] - shares[n] * 100)
    for number in by_remainder[: 100 - sum(rounded)]:
        rounded[number] += 1
    return rounded


def brackets(figure: Figure, *, turned: bool = False) -> str:
    """Returns interval and warnings in brackets, as a sentence carries them."""
    warnings = figure.estimate.warnings if figure.estimate and figure.low is not None else ()
    return f"({'; '.join([span(figure, turned=turned), *warnings])})"


def headline_sentences(results: Results) -> tuple[str, ...]:
    """Returns one sentence for each model, models by release date."""
    return tuple(_sentence(results, model) for model in results.models)


def _sentence(results: Results, model: str) -> str:
    clauses = list(_clauses(results, model))
    if not clauses:
        return f"{model} has no score on any set."
    text = "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}."


def _clauses(results: Results, model: str) -> Iterator[str]:
    """Yields a clause for each set; the first that has a score is told in full."""
    told = False
    for found in sorted(results.sets, key=_rank):
        line = results.line(found.name, model)
        if line is None or line.rate.value is None or line.shares is None:
            yield f"on {count_items(found.items, found.kind)} {model} has no score"
        elif told:
            here = f"{_rate(line)}{_side_of_stock(_minus_stock(results.minus_stock, line))}"
            yield f"on {_counted(line, found)} {here}, and {_beside(results, line, _side_of_stock)}"
        else:
            told = True
            yield _full_clause(results, line, found)


def _rank(found: RunSet) -> int:
    order = ("suboptimal", "strong", "random", "pilot")
    return order.index(found.kind) if found.kind in order else len(order)


def _full_clause(results: Results, line: ArmLine, found: RunSet) -> str:
    shares = line.shares
    assert shares is not None
    sessions = f"{line.sessions} session{'' if line.sessions == 1 else 's'}"
    won, tied, lost = round_together((shares.won, shares.tied, shares.lost))
    return (
        f"on {_counted(line, found)} in {sessions} {line.arm}'s move won {won} %, "
        f"tied {tied} %, lost {lost} % "
        f"against {_OWNERS.get(found.actor, 'the other')}: "
        f"win rate {_rate(line)}{_above_stock(_minus_stock(results.minus_stock, line))}, "
        f"and {_beside(results, line, _above_stock)}"
    )


def _rate(line: ArmLine) -> str:
    return f"{percent(line.rate.value)} {brackets(line.rate)}"


def _beside(results: Results, line: ArmLine, of_stock: Callable[[Figure], str]) -> str:
    """The rate under the other of the two views that are told together, and where stock is there.

    Each view has its own words on stock: what beats it under one may lose to it under the other.
    """
    other = results.line_beside(line.set, line.arm)
    view = VIEWS.get(results.beside_view, results.beside_view)
    if other is None or other.rate.value is None:
        return f"not judged {view}"
    here, there = len(line.scores), len(other.scores)
    items = "" if there == here else f" on {there} items"
    others = set(results.beside_judges) != set(results.judges)
    judges = f" by {', '.join(results.beside_judges)}" if others else ""
    stock = of_stock(_minus_stock(results.beside_minus_stock, line))
    return f"{_rate(other)} {view}{items}{judges}{stock}"


def _counted(line: ArmLine, found: RunSet) -> str:
    """How many items the figure rests on, and of how many if some have no score."""
    every = count_items(found.items, found.kind)
    scored = len(line.scores)
    return every if scored == found.items else f"{scored} of {every}"


def _minus_stock(contrasts: Sequence[Contrast], line: ArmLine) -> Figure:
    return next(
        (c.figure for c in contrasts if (c.set, c.arm) == (line.set, line.arm)),
        Figure(None, NO_STOCK),
    )


def _contains_zero(figure: Figure) -> bool:
    """Whether an interval holds no difference; without one, whether there is none at all."""
    if figure.low is None or figure.high is None:
        return figure.value == 0
    return figure.low <= 0 <= figure.high


def _side_of_stock(figure: Figure) -> str:
    """On which side of stock a rate lies, after a comma; nothing where that cannot be said."""
    if _contains_zero(figure):
        return f", {NOT_TOLD_APART}"
    if figure.value is None or figure.low is None:
        return ""
    return f", {'above' if figure.value > 0 else 'below'} stock moves"


def _above_stock(figure: Figure) -> str:
    """How far a rate lies above or below stock, after a comma."""
    if figure.value is None:
        return f", not compared with stock moves: {figure.note}"
    gain = points(figure.value)
    unit = "point" if abs(gain) == 1 else "points"
    side = "above" if gain > 0 else "below"
    far = f"{abs(gain)} {unit} {brackets(figure, turned=gain < 0)} {side}"
    if _contains_zero(figure):
        return f", {NOT_TOLD_APART}: {far if gain else f'level {brackets(figure)}'}"
    return f", {far} stock moves" if gain else f", level with stock moves {brackets(figure)}"
