"""`taste pool`: numbers-only bundles together, the laboratory as a level."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from taste.cli.shared import JsonOption
from transcripts.errors import UserError

FEWEST = 2


def pool(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="BUNDLE...", help="Numbers-only bundles, one a laboratory."),
    ],
    level: Annotated[
        float | None,
        typer.Option(
            min=0.5, max=0.999, help="Of every interval, such as 0.95; else that of the plans."
        ),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also show every other arm.")] = False,
    json_: JsonOption = False,
) -> None:
    """Combine the figures of several laboratories, each with its own row.

    Refuses bundles that share recorded work, or whose figures were come by otherwise.
    """
    if len(files) < FEWEST:
        raise UserError("give two bundles or more, each of another laboratory.")
    from analysis.pooling.laboratories import name_laboratories
    from analysis.pooling.numbers import read_numbers
    from analysis.pooling.pools import estimate_pools
    from analysis.pooling.rendering import pools_as_json, render_pools

    pools = estimate_pools(name_laboratories([read_numbers(file) for file in files]), level)
    if json_:
        told = orjson.dumps(pools_as_json(pools), default=str, option=orjson.OPT_SORT_KEYS)
        typer.echo(told.decode())
        return
    for line in render_pools(pools, everything=all_):
        typer.echo(line)
