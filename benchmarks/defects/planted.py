"""The defects of the table: what is planted where, what is asked, and which figure shows it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.defects.readings import (
    Reader,
    read_attacks,
    read_checks,
    read_escalated,
    read_gap,
    read_label_swap,
    read_leaks,
    read_loading,
    read_minus_stock,
    read_nothing,
    read_position,
    read_self_preference,
)
from benchmarks.defects.worlds import AT_THE_LIMIT, CLEAN, ask, equal_margins, with_margins
from taste.attacking.plans import ITEMS
from taste.simulator.designs import Design
from taste.simulator.world import World

CHECKED = ask(arms=("placebo", "shuffled"))
EVERYTHING = ask(
    views=("full", "digest"),
    provenances=("blind", "labelled", "swapped"),
    probes=("identity", "loading"),
    arms=("placebo", "shuffled"),
)


@dataclass(frozen=True)
class Defect:
    """What is wrong in a world, how large it is, what is asked, and what is read."""

    name: str
    planted: str
    world: World
    design: Design
    read: Reader
    clean: bool = False
    """Whether there is nothing to detect, so that what is detected is false."""


def list_defects() -> tuple[Defect, ...]:
    """Returns every world of the table, those without a defect first."""
    return (*_clean(), *_leaning(), *_telling(), *_leaking(), *_others())


def _clean() -> Iterator[Defect]:
    yield Defect("none", "nothing", CLEAN, EVERYTHING, read_nothing, clean=True)
    yield Defect(
        "none, shuffled moves at the limit",
        "shuffled moves win one fifth",
        replace(CLEAN, margins=with_margins(shuffled=AT_THE_LIMIT)),
        CHECKED,
        read_checks,
        clean=True,
    )


def _leaning() -> Iterator[Defect]:
    """Judges that favour a place, a style, a label or their own family."""
    yield Defect(
        "position bias",
        "guesses at 20 %, three in four of them the first move",
        replace(CLEAN, judge_error=0.2, guess_first=0.75),
        ask(),
        read_position,
    )
    yield Defect(
        "style bias",
        "style = 0.8",
        replace(CLEAN, style=0.8),
        CHECKED,
        partial(read_checks, shown=("placebo",)),
    )
    yield Defect(
        "provenance bias",
        "label_bonus = 0.4",
        replace(CLEAN, label_bonus=0.4),
        ask(provenances=("blind", "labelled", "swapped")),
        read_label_swap,
    )
    yield Defect(
        "self-preference",
        "own_family = 0.5",
        replace(CLEAN, own_family=0.5),
        ask(),
        read_self_preference,
    )


def _telling() -> Iterator[Defect]:
    """Views that tell the judge how it went on, or what was done."""
    yield Defect(
        "hindsight credit",
        "hindsight = 0.5 (foresight = 1)",
        replace(CLEAN, hindsight=0.5, foresight=1.0),
        ask(views=("full", "digest", "prefix")),
        partial(read_gap, name="hindsight", views=("digest", "prefix")),
    )
    yield Defect(
        "the move that was taken",
        "taken_bonus = 0.5",
        replace(CLEAN, taken_bonus=0.5),
        ask(views=("full", "digest", "digest_open")),
        partial(read_gap, name="identification", views=("digest_open", "digest")),
    )


def _leaking() -> Iterator[Defect]:
    """Digests and restatements that give away what they must not."""
    for leak in (0.4, 0.65):
        yield Defect(
            f"leaky digest, {leak}",
            f"leak = {leak}, half of it found",
            replace(CLEAN, leak=leak),
            ask(views=("full", "digest"), probes=("identity",)),
            read_leaks,
        )
    yield Defect(
        "loaded restatements",
        "loading = 0.3",
        replace(CLEAN, loading=0.3),
        ask(probes=("loading",)),
        read_loading,
    )


def _others() -> Iterator[Defect]:
    for obeys, items in ((0.6, ITEMS), (0.3, 4 * ITEMS)):
        yield Defect(
            f"injection-prone judge, {obeys}",
            f"obeys = {obeys}; {items} items of each set attacked",
            replace(CLEAN, obeys=obeys),
            ask(),
            partial(read_attacks, items=items),
        )
    yield Defect(
        "random judge",
        "judge_error = 1",
        replace(CLEAN, judge_error=1.0),
        CHECKED,
        partial(read_checks, shown=("shuffled",)),
    )
    yield Defect(
        "no better than stock",
        "the margins of stock",
        replace(CLEAN, margins=equal_margins()),
        ask(arms=("stock",)),
        read_minus_stock,
    )
    yield Defect(
        "none, a strong judge on some trials",
        "own_family = 0.5 sets the two judges apart",
        replace(CLEAN, own_family=0.5),
        ask(escalate=True),
        read_escalated,
    )
