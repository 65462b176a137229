"""Commands about people's own moves: import."""

from pathlib import Path
from typing import Annotated

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, progress_bar, say_stored
from transcripts.errors import UserError

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep `import` a word of its own while it is the only command."""


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines, one move each.")],
    person: Annotated[str, typer.Option(help="Who wrote them, from the prefix alone.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import a person's own moves, for the arm person; with one bad line nothing is stored."""
    from taste.moves import read_moves, store_moves

    with opened(db, context) as handle:
        lines = list(read_moves(file))
        with progress_bar() as bar:
            done = store_moves(handle, bar.track(lines, description="moves"), person, now())
    say_stored(done, json_=json_)
    if done.refused:
        raise UserError("nothing was stored; mend these lines and import the file again.")
