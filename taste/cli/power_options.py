"""The options of `taste power`: names and help, nothing else."""

from pathlib import Path
from typing import Annotated

import typer

Items = Annotated[int | None, typer.Option(help="Items of the set.")]
Clusters = Annotated[int | None, typer.Option(help="Clusters (sessions) they lie in.")]
OtherItems = Annotated[
    int | None, typer.Option(help="Items of the set to contrast; else as many, 0 for none.")
]
SizeCv = Annotated[float | None, typer.Option(help="SD over mean of the cluster sizes; else .75.")]
Pilot = Annotated[
    Path | None, typer.Option(metavar="TABLE", help="Trials of a pilot: its spread, ICC, yield.")
]
Arm = Annotated[str | None, typer.Option(help="The model in the pilot, if there are more.")]
Icc = Annotated[float | None, typer.Option(help="ICC of item scores; else .1.")]
Sd = Annotated[float | None, typer.Option(help="SD of item scores; else .5.")]
DifferenceIcc = Annotated[
    float | None, typer.Option(help="ICC of paired differences; else half of --icc.")
]
DifferenceSd = Annotated[float | None, typer.Option(help="SD of paired differences; else .45.")]
SetCorrelation = Annotated[
    float, typer.Option(help="Correlation of a session's effect on both sets.")
]
VerdictSd = Annotated[
    float | None, typer.Option(help="SD of verdicts on one proposal in one order.")
]
ProposalSd = Annotated[
    float | None, typer.Option(help="SD of proposals for one item, without judging.")
]
Hours = Annotated[float | None, typer.Option(help="Hours of each person: plan what can be had.")]
People = Annotated[int, typer.Option(help="How many people.")]
Annotators = Annotated[int, typer.Option(help="People who look at each session.")]
MinutesPerSession = Annotated[float | None, typer.Option(help="To look through a session.")]
MinutesPerItem = Annotated[float | None, typer.Option(help="To mark an item, on top.")]
ItemsPerSession = Annotated[
    float | None, typer.Option(help="Items of the set a screened session yields.")
]
SessionYield = Annotated[
    float | None, typer.Option(help="Share of screened sessions that yield any.")
]
SessionsScreened = Annotated[int | None, typer.Option(help="Sessions the pilot looked through.")]
Power = Annotated[float, typer.Option("--power", help="Wanted power.")]
Level = Annotated[float, typer.Option(help="Level of the intervals.")]
Effect = Annotated[float | None, typer.Option(help="Say the power for this effect, such as .1.")]
Margin = Annotated[float, typer.Option(help="Margin of equivalence.")]
JudgeCorrelation = Annotated[float, typer.Option(help="Correlation of judge and people.")]
Simulate = Annotated[
    bool, typer.Option("--simulate", help="Hold the power against simulated studies.")
]
Seed = Annotated[int, typer.Option(help="Seed of the simulation.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters.")]
