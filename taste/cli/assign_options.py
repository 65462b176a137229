"""Options of `taste assign`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Mode = Annotated[
    Literal["hindsight", "foresight", "judge", "adjudicate"],
    typer.Option(help="What they are to do."),
]
People = Annotated[list[str] | None, typer.Option(help="Who is to do it; once for each person.")]
Sessions = Annotated[
    list[str] | None, typer.Option(help="This session; else all. May be repeated.")
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="The points of a set.")]
Samples = Annotated[
    list[str] | None,
    typer.Option(help="The points of a sample; to judge: the calibration sample."),
]
Points = Annotated[
    Path | None, typer.Option(metavar="FILE", help="JSON lines with `session` and `before`.")
]
Whole = Annotated[bool, typer.Option("--whole", help="The sessions of these points, whole.")]
Overlap = Annotated[int, typer.Option(min=1, help="So many people for each.")]
Seed = Annotated[int, typer.Option(help="Decides who gets what, and in which order.")]
Name = Annotated[str | None, typer.Option(help="Name of the batch; else MODE-SEED.")]
Due = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day.")]
Assisted = Annotated[
    float,
    typer.Option(min=0, max=1, help="Share of hindsight that sees candidates from the start."),
]
AskedShare = Annotated[
    float | None,
    typer.Option(min=0.01, max=1, help="Random share of the acts at which foresight asks."),
]
Gold = Annotated[
    float, typer.Option(min=0, max=0.5, help="Share of pairs with a known answer, to judge.")
]
Repeats = Annotated[
    float, typer.Option(min=0, max=0.5, help="Share of pairs that come again, swapped.")
]
Check = Annotated[
    bool, typer.Option("--check", help="Only say who may do what and what is lacking.")
]
Staff = Annotated[
    str | None,
    typer.Option(help="For --check, people for each role: annotate=2,adjudicate=1,judge=2."),
]
