"""The simulated world without a defect, and the designs that ask for what one figure needs.

Sizes are on the logit scale of a margin, as `taste.simulator.world.World` defines them;
`benchmarks.defects.truths` has what they come to on the scale of a figure.
"""

from collections.abc import Iterable
from types import MappingProxyType

from taste.simulator.designs import JUDGE, SECOND_JUDGE, Design
from taste.simulator.world import World

MODELS = ("simulated-early", "simulated-middle", "simulated-late")
KINDS = ("suboptimal", "strong")
AT_THE_LIMIT = -1.96881
"""The margin of shuffled moves that win one fifth."""
JUDGES = MappingProxyType({JUDGE: "first", SECOND_JUDGE: "second"})
FAMILIES = MappingProxyType(dict(zip(MODELS, ("first", "second", "third"), strict=True)))
"""Of the proposers: one of each judge's family, one of neither."""
CLEAN = World(guess_first=0.5)
"""The shipped world with a judge that favours no place."""
REFUSED = 0.5
"""Share of the leaky digests that the check finds."""
ESCALATION = 0.2
"""Share of the trials without a reason that the strong judge is asked about all the same."""


def with_margins(**margins: float) -> dict[str, dict[str, float]]:
    """Returns the clean world's margins with some of them replaced on both sets."""
    return {kind: {**arms, **margins} for kind, arms in CLEAN.margins.items()}


def equal_margins() -> dict[str, dict[str, float]]:
    """Returns margins with which no model is better than stock on any set."""
    return {
        kind: {**arms, **dict.fromkeys(MODELS, arms["stock"])}
        for kind, arms in CLEAN.margins.items()
    }


def ask(
    views: tuple[str, ...] = ("full",),
    provenances: tuple[str, ...] = ("blind",),
    probes: tuple[str, ...] = (),
    arms: tuple[str, ...] = (),
    *,
    escalate: bool = False,
) -> Design:
    """Returns a design that asks two judges for what a figure needs and for nothing else."""
    lists = {
        "views": views,
        "provenances": provenances,
        "forms": ("restated",),
        "prompts": ("standard",),
    }
    judging = "".join(f"{name} = {_texts(values)}\n" for name, values in lists.items())
    if escalate:
        judging += (
            f'escalation = {{ first = "{JUDGE}", then = "{SECOND_JUDGE}", share = {ESCALATION} }}\n'
        )
    tables = f"\n[judging]\nshare_samples = 1\n{judging}\n[probes]\nkinds = {_texts(probes)}\n"
    return Design(JUDGES, FAMILIES, arms, tables, REFUSED)


def _texts(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
