"""`taste`: one line per command; errors that a person can mend become one sentence."""

import sys
from contextlib import suppress

import typer

from taste.cli import (
    agreement,
    annotate,
    assign,
    attack,
    audit,
    batches,
    bundle,
    calibrate,
    calls,
    database,
    doctor,
    exchange,
    finding,
    form,
    imports,
    moves,
    pilot,
    plan,
    points,
    pool,
    power,
    report,
    retry,
    session,
    sessions,
    sets,
    showing,
    simulator,
    stats,
    status,
    stock,
    study,
    trying,
    workpack,
)
from taste.cli.shared import DbOption
from transcripts.errors import UserError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="Would another move have been better? A counterfactual evaluation of research judgement.",
)


@app.callback()
def _root(db: DbOption = None) -> None:
    """Take the database for whichever command follows."""


app.command("import")(imports.import_)
app.command("sessions")(sessions.list_)
app.command("show")(showing.show)
app.command("prefixes")(showing.prefixes)
app.command("search")(finding.search)
app.command("screen")(finding.screen)
app.command("sample")(finding.sample)
app.command("candidates")(finding.candidates)
app.add_typer(session.app, name="session", help="One session: settings, consent, removal.")
app.add_typer(points.app, name="points", help="Decision points and their annotations.")
app.add_typer(moves.app, name="moves", help="People's own moves, for the arm person.")
app.command("annotate")(annotate.annotate)
app.command("agreement")(agreement.agreement)
app.command("assign")(assign.assign)
app.command("progress")(assign.progress)
app.add_typer(form.app, name="form", help="Assignments as forms for any editor or screen reader.")
app.add_typer(workpack.app, name="workpack", help="One annotator's work as a file of its own.")
app.add_typer(sets.app, name="sets", help="Frozen sets of items.")
app.add_typer(database.app, name="db", help="The database itself.")
app.add_typer(stock.app, name="stock", help="The list of context-free moves.")
app.command("plan")(plan.plan)
app.add_typer(exchange.prompts, name="prompts", help="Requests for another machine's models.")
app.add_typer(exchange.proposals, name="proposals", help="Proposals from another machine.")
app.add_typer(exchange.verdicts, name="verdicts", help="Verdicts from another machine.")
app.command("pilot")(pilot.pilot)
app.command("try")(trying.try_)
app.command("run")(study.run)
app.command("retry")(retry.retry)
app.command("attack")(attack.attack)
app.add_typer(batches.app, name="batches", help="Message Batches: what became of them.")
app.command("status")(status.status)
app.command("calls")(calls.list_)
app.command("show-call")(calls.show)
app.command("audit")(audit.audit)
app.command("report")(report.report)
app.command("trials")(report.trials)
app.command("stats")(stats.stats)
app.command("pool")(pool.pool)
app.command("power")(power.power)
app.add_typer(calibrate.app, name="calibrate", help="Model judges held against people.")
app.command("doctor")(doctor.doctor)
app.add_typer(bundle.app, name="bundle", help="A run as one file for another database.")
app.command("simulator")(simulator.simulator)
app.command("demo")(study.demo)


def main() -> None:
    """Run the command line; a mendable error is one sentence on stderr and exit code 1."""
    try:
        app()
    except UserError as error:
        _say(str(error))
        sys.exit(1)
    except OverflowError as error:
        _say(f"a number is larger than any here: {error}")
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _say(f"{error.strerror or error}{where}")
        with suppress(OSError):
            sys.stdout.close()  # what waits in a stream that cannot be written is given up
        sys.exit(1)


def _say(fault: str) -> None:
    """Say what is wrong; it may quote what an endpoint or a file says, which a terminal obeys."""
    from transcripts.rendering.text import visible_controls

    typer.echo(f"taste: {visible_controls(fault)}", err=True)
