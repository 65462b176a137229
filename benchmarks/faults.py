"""Every fault that the simulator can make, for calls sent whole, streamed and in batches.

One small study of ten calls is run into each fault and, where that start left something, started
again. `--write docs/running.md` puts the table between that file's two marks.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, get_args

import typer

from benchmarks.fault_study import BATCHES, CALLS, NOW, Effect, Mode, measure
from benchmarks.processes import put
from taste.database import open_database
from taste.set_rules import SetRule
from taste.sets import freeze_set
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.points import read_points, store_points
from transcripts.shipped import examples_folder, list_examples
from transcripts.storing.store import ImportOptions, import_file

FEW = ("f0e996cf", "ee0fcf12")
MODES: tuple[Mode, ...] = get_args(Mode)
TIMEOUT = 1.0


def say(what: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def prepare(path: Path) -> None:
    """Make a database of two example sessions and a set of two detours."""
    engine = open_database(str(path))
    with Db(engine) as db:
        for example in list_examples():
            if example.path.name.startswith(FEW):
                options = ImportOptions(example.researcher, example.project)
                import_file(db, example.path, options, NOW)
        lines = read_points(examples_folder() / "points.jsonl", read_codebook())
        store_points(db, lines, None, NOW, partial=True)
        freeze_set(db, SetRule("few", "suboptimal", "one"), NOW)
    engine.dispose()


def measured(prepared: Path, fault: str | None, mode: Mode) -> Effect:
    """What becomes of the study in a fresh copy of the database."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(prepared, Path(folder) / "taste.db")
        return measure(str(copy), fault, mode, TIMEOUT)


def cell(effect: Effect | None, usual: Effect) -> str:
    """One effect beside that of the undisturbed study."""
    if effect is None:
        return ""
    told = [f"{outcome} {usd * 1e6:.0f}" for outcome, usd in effect.attempts] or ["answered"]
    rows = f"; {', '.join(sorted(set(effect.rows)))}" if effect.rows else ""
    fatal = any(outcome == "fatal" for outcome, _ in effect.attempts)
    end = "" if effect.starts == 1 else "; run stopped" if fatal else "; left for a later start"
    return f"{' → '.join(told)}{rows}{end}; {effect.asked - usual.asked:+d}"


def render(effects: Mapping[tuple[str, Mode], Effect], usual: Mapping[Mode, Effect]) -> str:
    """The table."""
    lines = ["| fault | " + " | ".join(MODES) + " |", "|---" * (len(MODES) + 1) + "|"]
    for fault in (*CALLS, *BATCHES):
        cells = [cell(effects.get((fault, mode)), usual[mode]) for mode in MODES]
        lines.append(f"| `{fault}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def faults_of(mode: Mode) -> Sequence[str]:
    """The faults that calls of this mode can meet."""
    return (*CALLS, *BATCHES) if mode == "batch" else CALLS


def main(
    write: Annotated[Path | None, typer.Option(help="A file with marks for the table.")] = None,
) -> None:
    """Run the study into every fault and print the table."""
    os.environ.setdefault("LOCAL_KEY", "none")
    say("a study of two trials, one call at a time, run into each fault once; all simulated")
    effects: dict[tuple[str, Mode], Effect] = {}
    usual: dict[Mode, Effect] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.db"
        prepare(prepared)
        for mode in MODES:
            usual[mode] = measured(prepared, None, mode)
            for fault in faults_of(mode):
                effects[fault, mode] = measured(prepared, fault, mode)
    table = render(effects, usual)
    say(table)
    lost = [key for key, effect in effects.items() if effect.unaccounted]
    undone = [key for key, effect in effects.items() if "open" in effect.trials]
    asked = sum(effect.asked for effect in effects.values())
    say(f"{len(effects)} studies, {asked} requests, {len(lost)} with a request that has no row")
    say(f"{len(undone)} with a trial that was still open after the second start")
    if write is not None:
        put(write, "faults", table)
    raise SystemExit(bool(lost or undone))


if __name__ == "__main__":
    typer.run(main)
