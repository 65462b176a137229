"""Draws random samples from a frame of places, each with the exact probability of being drawn.

Pure: randomness is an argument. A sample is drawn in two stages. With a cap of K a session, K
points (or all, if there are fewer) are drawn from the N points of every lineage; then n of the M
points that are left over all lineages of a stratum. A point's probability is
min(K, N)/N · n/M; without a cap it is n/M.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class Place:
    """A human act that could be chosen: what a sample is drawn from."""

    lineage: str
    session: str
    part: int
    before: str
    """Id of the act's first event."""
    cut: int
    session_id: int
    stratum: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A place in a sample, and how likely that was."""

    place: Place
    probability: float


@dataclass(frozen=True, slots=True)
class Design:
    """How a sample is drawn."""

    name: str
    size: int
    seed: int
    per_session: int | None = None
    """Most points of one lineage."""
    stratified: bool = False
    """Whether each stratum gives an equal share, as far as it has so many."""


def draw_sample(frame: Sequence[Place], design: Design, rng: random.Random) -> list[Drawn]:
    """Draw from a frame, in random order; see the module for the probabilities.

    Raises:
        UserError: if there are fewer points than are wanted.
    """
    strata: dict[str, list[Place]] = {}
    for place in frame:
        strata.setdefault(place.stratum if design.stratified else "", []).append(place)
    pools = {name: _capped(strata[name], design.per_session, rng) for name in sorted(strata)}
    shares = _shares({name: len(pool) for name, pool in pools.items()}, design.size)
    drawn = [
        Drawn(one.place, one.probability * shares[name] / len(pool))
        for name, pool in pools.items()
        for one in rng.sample(pool, shares[name])
    ]
    rng.shuffle(drawn)
    return drawn


def _capped(places: Sequence[Place], most: int | None, rng: random.Random) -> list[Drawn]:
    """The first stage: at most so many of every lineage, by chance."""
    pool: list[Drawn] = []
    for _, group in groupby(sorted(places, key=_order), lambda place: place.lineage):
        points = list(group)
        kept = min(most or len(points), len(points))
        chosen = rng.sample(points, kept)
        pool.extend(Drawn(place, kept / len(points)) for place in chosen)
    return pool


def _order(place: Place) -> tuple[str, str, int, int, str]:
    """An order that no import and no row number changes."""
    return (place.lineage, place.session, place.part, place.cut, place.before)


def _shares(sizes: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Equal shares of the sample, as far as each pool goes; the rest goes to the others."""
    if wanted > (there := sum(sizes.values())):
        raise UserError(
            f"{wanted} points are wanted and {there} can be drawn; ask for fewer, raise "
            "--per-session, or import more sessions (withdrawn ones, and those past their last day "
            "of use, are left out)."
        )
    shares = dict.fromkeys(sizes, 0)
    while left := wanted - sum(shares.values()):
        room = [name for name in sorted(sizes) if shares[name] < sizes[name]]
        for number, name in enumerate(room):
            extra = left // len(room) + (number < left % len(room))
            shares[name] = min(sizes[name], shares[name] + extra)
    return shares
