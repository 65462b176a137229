"""`taste audit`: whether what is stored is what was written."""

from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import DbOption, JsonOption, opened, progress_bar, write_json
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.audit import Step


def audit(
    context: typer.Context,
    run: Annotated[int | None, typer.Option(help="Rebuild the requests of this run alone.")] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Check hashes, manifests, links, requests, the wall and costs; the first difference fails."""
    from taste.audit import audit as check
    from taste.run_states import read_any_run

    with opened(db, context) as handle, progress_bar() as bar:
        if run is not None:
            read_any_run(handle, run)
        task = bar.add_task("auditing", total=None)

        def tell(step: "Step") -> None:
            told = f"auditing {step.name}"
            bar.update(task, description=told, completed=step.done, total=step.total)

        found = check(handle, run, tell)
    if json_:
        write_json(found)
    else:
        checked = ", ".join(f"{count} {what}" for what, count in found.checked.items())
        typer.echo(
            f"checked: {checked}; {found.without_hash} rows of earlier versions have no hash, "
            f"{found.not_rebuilt} calls no source; {found.removed} rows were removed on purpose, "
            f"{found.unsettled} belong to runs that go on."
        )
    if found.differences:
        more = len(found.differences) - 1
        raise UserError(f"{found.differences[0]}" + (f" (and {more} more)." if more else "."))
