"""What a simulated study asks for, as the study file that it claims to have been run by."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from taste.seats import ARMS
from taste.simulator.world import World
from taste.study import Study

ENDPOINT: Final = "simulator"
JUDGE: Final = "simulated-judge"
SECOND_JUDGE: Final = "simulated-second-judge"
RESTATER: Final = "simulated-restater"
FAMILY: Final = "simulated"
CONTROL_SHARE: Final = 0.25
_ONE_JUDGE: Final = MappingProxyType({JUDGE: FAMILY})
_HEADLINE_ALONE: Final = """
[judging]
views = ["full"]
forms = ["restated"]
provenances = ["blind"]
prompts = ["standard"]
share_samples = 1

[probes]
kinds = []
"""


@dataclass(frozen=True)
class Design:
    """What is asked of whom in a simulated study."""

    judges: Mapping[str, str] = field(default_factory=lambda: _ONE_JUDGE)
    """Judge -> its family."""
    families: Mapping[str, str] = field(default_factory=dict)
    """Proposer -> its family; of the judges' default family where it is not named."""
    arms: tuple[str, ...] = ARMS
    """Controls; one that the world has no margin for is left out."""
    tables: str = ""
    """Further tables of the study file, as TOML; the defaults ask for every condition."""
    refused: float = 0.5
    """Share of the digests that give the human's move away and are found out and not shown."""


HEADLINE_ALONE: Final = Design(
    arms=("stock", "echo", "placebo", "shuffled"), tables=_HEADLINE_ALONE
)
"""One judge, the headline's condition and the four controls that need no more."""
EVERYTHING: Final = Design(judges=MappingProxyType({JUDGE: "first", SECOND_JUDGE: "second"}))
"""Two judges, every arm that the world knows, every condition and probe."""


def write_study(design: Design, world: World, seed: int, sets: Iterable[str]) -> str:
    """Return the study file that a simulated run claims to have been made by.

    Args:
        design: what is asked for.
        world: its arms beside the controls' names are the proposers.
        seed: part of every name, so that several worlds fit one database.
        sets: kinds of the sets.
    """
    known = list_arms(world)
    proposers = [arm for arm in known if arm not in ARMS]
    controls = [arm for arm in design.arms if arm in known]
    models = "".join(
        f'\n[[proposers]]\nname = "{name}"\nmodel = "{name}"\nreleased = {year}-01-01\n'
        + _seat(design.families.get(name, FAMILY))
        for year, name in enumerate(proposers, start=2001)
    )
    judges = "".join(
        f'\n[[judges]]\nname = "{name}"\nmodel = "{name}"\n{_seat(family)}'
        for name, family in design.judges.items()
    )
    return (
        f'name = "simulated-{seed}"\nsets = {_texts(name_set(seed, kind) for kind in sets)}\n'
        f'seed = {seed}\n\n[[endpoints]]\nname = "{ENDPOINT}"\n{models}\n'
        f'[restater]\nname = "{RESTATER}"\nmodel = "{RESTATER}"\n{_seat(FAMILY)}{judges}\n'
        f"[controls]\narms = {_texts(controls)}\nshare = {CONTROL_SHARE}\n\n"
        f"[limits]\nbudget_usd = 100\n{design.tables}"
    )


def name_set(seed: int, kind: str) -> str:
    """Return the name of a simulated set."""
    return f"simulated-{seed}-{kind}"


def list_arms(world: World) -> list[str]:
    """Return the arms that any set of a world has a margin for, in the order of the world."""
    return list(dict.fromkeys(arm for arms in world.margins.values() for arm in arms))


def with_written_arms(world: World, study: Study) -> World:
    """Return the world with a margin for every arm that the study runs, by the arm's full name.

    Each proposer has a placebo of its own, and those that take the oracle's seat an oracle.
    """
    margins = {}
    for kind, arms in world.margins.items():
        plain = [arm for arm in arms if _is_run(arm, study) and arm not in ("placebo", "oracle")]
        told = {arm: arms[arm] for arm in plain}
        if "placebo" in study.controls.arms and "placebo" in arms:
            told |= {f"placebo:{seat.name}": arms["placebo"] for seat in study.proposers}
        if "oracle" in study.controls.arms and "oracle" in arms:
            told |= {f"oracle:{seat.name}": arms["oracle"] for seat in study.oracles}
        margins[kind] = told
    return replace(world, margins=margins)


def draw_share(study: Study, sizes: Mapping[str, int]) -> frozenset[tuple[str, int]]:
    """Return the (set, item) on which the costly controls and conditions are run."""
    rng = random.Random(f"controls {study.seed}")
    return frozenset(
        (name, item)
        for name, size in sizes.items()
        for item in rng.sample(range(size), math.ceil(size * study.controls.share))
    )


def _is_run(arm: str, study: Study) -> bool:
    return arm not in ARMS or arm in study.controls.arms


def _seat(family: str) -> str:
    return f'endpoint = "{ENDPOINT}"\nfamily = "{family}"\nprice = {{ input = 1, output = 5 }}\n'


def _texts(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
