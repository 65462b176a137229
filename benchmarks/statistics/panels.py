"""Worlds of several models that answer the same items, drawn one replicate at a time.

A model wins an item when its latent score passes a threshold. The score is the sum of a session's
common part, the session's part for this model, the item's difficulty and noise, all normal with
variances that add up to one, so that each model's rate is exactly what the world says.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from benchmarks.statistics.worlds import Floats, World, draw_sizes


@dataclass(frozen=True)
class Panel:
    """Items in sessions of uneven size, and the win rate of each model on them."""

    sessions: int
    items: int
    rates: tuple[float, ...]
    session: float = 0.1
    """Latent variance that all models share in a session."""
    own_session: float = 0.05
    """Latent variance of a model in a session."""
    item: float = 0.3
    """Latent variance that all models share on an item."""


@dataclass(frozen=True)
class Answers:
    """One replicate."""

    scores: Floats
    """Items by models, 0 or 1."""
    sessions: list[int]
    """One per item."""


def draw_answers(panel: Panel, rng: np.random.Generator) -> Answers:
    """Draws every model on every item."""
    sessions = draw_sessions(panel.sessions, panel.items, rng)
    models = len(panel.rates)
    noise = 1 - panel.session - panel.own_session - panel.item
    common = np.sqrt(panel.session) * rng.normal(size=(panel.sessions, 1))
    own = np.sqrt(panel.own_session) * rng.normal(size=(panel.sessions, models))
    items = np.sqrt(panel.item) * rng.normal(size=(panel.items, 1))
    latent = (common + own)[sessions] + items
    latent = latent + np.sqrt(noise) * rng.normal(size=(panel.items, models))
    won = latent < ndtri(np.array(panel.rates))
    return Answers(won.astype(np.float64), sessions)


def draw_sessions(sessions: int, items: int, rng: np.random.Generator) -> list[int]:
    """Draws the session of each item, sizes uneven (CV .9), each session with an item."""
    sizes = draw_sizes(World(sessions, items, 0.5, 0), np.zeros((1, sessions)), rng)[0]
    return [int(session) for session in np.repeat(np.arange(sessions), sizes)]
