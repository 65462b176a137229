"""Kill the annotation tool at random moments while somebody types: is anything lost?

Each time in a terminal of its own (tmux): go somewhere at random, fold, mark, begin to write, put
the caret somewhere, type on, SIGKILL in the midst of it. Then start again, press Enter, and compare
what is on screen with what was on screen when it was killed.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from annotation_made import TASTE, make_long
from annotation_measures import p50, p95

SIZE = (100, 32)
LETTERS = "abcdefghijklmnop"
BEGINNING = "=="
"""What the writing begins with, so that it is found on the screen; one line holds it all."""
PAD = 1
"""Columns before the line that is written in."""
ROOM = 20
"""Characters typed at most: of a second row nothing would be compared."""
STILL = 8
"""Looks, a tenth of a second apart, after which the screen stands still."""
OUTSIDE = ("h", "J", "j", "Space", "z", "j", "h")
"""Keys that move and fold, drawn from before the writing begins."""
TELLS = ("event ", "missing", "complete", "Pane is dead")
"""Words of lines that tell what happened last, which is not where one stands."""


@dataclass(slots=True)
class Tmux:
    """One terminal that outlives the program in it."""

    name: str = "none"
    socket: str = "taste-kills"
    number: int = 0

    def start(self, command: str) -> None:
        """Run a command in a fresh window that stays when it ends."""
        # The server ends with its last session, so the new one is made before the old one goes.
        old, self.name = self.name, f"kills-{self.number}"
        self.number += 1
        width, height = map(str, SIZE)
        self.run("new-session", "-d", "-s", self.name, "-x", width, "-y", height, command)
        self.run("set-option", "-t", self.name, "remain-on-exit", "on")
        self.run("set-option", "-t", self.name, "remain-on-exit-format", "")
        self.run("kill-session", "-t", old, check=False)

    def run(self, *arguments: str, check: bool = True) -> str:
        """One command of tmux."""
        done = subprocess.run(
            ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Send keys by their names."""
        self.run("send-keys", "-t", self.name, *keys)

    def type(self, text: str) -> None:
        """Send a text as it is."""
        self.run("send-keys", "-l", "-t", self.name, text)

    def screen(self) -> list[str]:
        """What is painted."""
        return self.run("capture-pane", "-p", "-t", self.name).splitlines()

    def caret(self) -> int:
        """Column of the terminal's cursor."""
        return int(self.run("display", "-p", "-t", self.name, "#{cursor_x}"))

    def process(self) -> int:
        """Number of the program's process."""
        return int(self.run("display", "-p", "-t", self.name, "#{pane_pid}"))

    def settle(self, needle: str = "", limit: float = 20.0) -> list[str]:
        """Wait until the screen has the needle and stands still."""
        end, before, still = time.monotonic() + limit, [""], 0
        while time.monotonic() < end:
            now = self.screen()
            still = still + 1 if now == before else 0
            if still >= STILL and any(needle in line for line in now):
                return now
            before = now
            time.sleep(0.1)
        raise TimeoutError(f"{needle!r} did not come: {before}")


@dataclass(slots=True)
class Tally:
    """What the kills came to."""

    kills: int = 0
    typed: int = 0
    lost: int = 0
    """Characters that had been painted and are gone."""
    changed: list[str] = field(default_factory=list)
    """What differs on the screen after a restart."""
    unsound: list[str] = field(default_factory=list)
    """What `integrity_check` said that is not ok."""
    resumed: list[float] = field(default_factory=list)
    """Milliseconds from Enter to a screen that stands still."""


def kill_once(tmux: Tmux, db: Path, home: Path, rng: random.Random, tally: Tally) -> None:
    """Type, kill, start again, compare."""
    command = f"XDG_CONFIG_HOME={home} exec {TASTE} annotate --annotator kills --db {db}"
    tmux.start(command)
    tmux.settle("queue")
    tmux.keys("Enter")
    tmux.settle("event ")
    _write_something(tmux, rng)
    painted, caret, typed = _kill_while_typing(tmux, rng)
    tmux.start(command)
    tmux.settle("queue")
    begun = time.monotonic()
    tmux.keys("Enter")
    after = tmux.settle("▶")  # the text is there, and the cursor in it
    tally.resumed.append((time.monotonic() - begun) * 1_000)
    _compare(tally, painted, after)
    _compare_caret(tmux, tally, len(_words(painted)) - (caret - PAD), _words(after))
    with closing(sqlite3.connect(db)) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
    if said != "ok":
        tally.unsound.append(str(said))
    tally.kills += 1
    tally.typed += typed


def _write_something(tmux: Tmux, rng: random.Random) -> None:
    """Go somewhere, mark it, begin a rationale and put the caret into the midst of it."""
    while any(word in line for line in tmux.settle("│") for word in ("ends it", "esc text")):
        tmux.keys("Escape")
    if any("no human act" in line for line in tmux.screen()):
        tmux.keys("g")
    for key in rng.choices(OUTSIDE, k=rng.randint(3, 12)):
        tmux.keys(key)
    tmux.keys("h")
    tmux.keys(rng.choice("ds"))
    tmux.settle("missing")
    tmux.keys("e")
    tmux.keys("R")
    if _words(tmux.settle("ends it")):  # marked by an earlier kill: the next act
        _write_something(tmux, rng)
        return
    tmux.keys("End")
    tmux.type(BEGINNING + "".join(rng.choices(LETTERS, k=rng.randint(3, 6))))
    for _ in range(rng.randint(0, 3)):
        tmux.keys("Left")
    tmux.settle("│")


def _kill_while_typing(tmux: Tmux, rng: random.Random) -> tuple[list[str], int, int]:
    """Type in bursts; somewhere among them the process is killed."""
    process = tmux.process()
    timer = threading.Timer(rng.uniform(0.05, 0.9), _kill, [process])
    timer.start()
    typed = 0
    while timer.is_alive():
        if typed >= ROOM:
            time.sleep(0.02)
            continue
        burst = "".join(rng.choices(LETTERS, k=rng.randint(1, 3)))
        tmux.type(burst)
        typed += len(burst)
        time.sleep(rng.uniform(0.02, 0.15))
    timer.join()
    time.sleep(0.2)
    return tmux.screen(), tmux.caret(), typed


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)


def _compare(tally: Tally, painted: list[str], after: list[str]) -> None:
    """The writing may have more than was painted, never less; all else is as it was."""
    before_words, after_words = _words(painted), _words(after)
    if len(after_words) < len(before_words):
        tally.lost += len(before_words) - len(after_words)
    kept = set(_outside(after))
    gone = [line for line in _outside(painted) if line not in kept]
    if gone:
        tally.changed.append(f"not on screen again: {gone[:3]}")


def _compare_caret(tmux: Tmux, tally: Tally, from_end: int, words: str) -> None:
    """Type a sign and see whether it comes where the caret stood, counted from the end."""
    tmux.type("#")
    at = max(0, len(words) - from_end)
    expected = f"{words[:at]}#{words[at:]}"
    found = _words(tmux.settle("#"))
    if found != expected:
        tally.changed.append(f"the caret: {found!r} is not {expected!r}")


def _words(lines: Iterable[str]) -> str:
    """What stands in the line that is written in."""
    return "".join(line.partition("│")[0].strip() for line in lines if _is_writing(line))


def _is_writing(line: str) -> bool:
    return BEGINNING in line.partition("│")[0]


def _outside(lines: Iterable[str]) -> list[str]:
    """Every line of the text and the form; neither what is written nor the lines that tell."""
    # What is missing is told anew when the writing ends, or the form is opened.
    return [
        line.replace("!", " ")
        for line in lines
        if line.strip() and not _is_writing(line) and not any(word in line for word in TELLS)
    ]


def run(kills: int, seed: int, events: int) -> Tally:
    """All kills on one database, one after the other."""
    tally, rng, seen = Tally(), random.Random(seed), 0
    with tempfile.TemporaryDirectory() as folder:
        made = make_long(Path(folder), events, seed)
        tmux = Tmux()
        try:
            for _ in range(kills):
                kill_once(tmux, made.db, Path(folder) / "home", rng, tally)
                say(f"\r{describe(tally)}")
                told = (*tally.changed, *tally.unsound)
                say("".join(f"\n  {change}\n" for change in told[seen:]))
                seen = len(told)
        except TimeoutError as error:
            sys.stdout.write(f"\nstopped: {error}\n")
        finally:
            tmux.run("kill-server", check=False)
    return tally


def say(text: str) -> None:
    """Write at once, so that a run that is cut short has told what it found."""
    sys.stdout.write(text)
    sys.stdout.flush()


def describe(tally: Tally) -> str:
    """The counts in one line."""
    return (
        f"{tally.kills} kills while {tally.typed} characters were typed: {tally.lost} lost, "
        f"{len(tally.changed)} screens changed, {len(tally.unsound)} databases unsound"
    )


def main() -> None:
    """Read the arguments, kill, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=2_000)
    options = parser.parse_args()
    tally = run(options.kills, options.seed, options.events)
    sys.stdout.write(
        f"\n{describe(tally)}; resumed in "
        f"p50 {p50(tally.resumed):.0f}, p95 {p95(tally.resumed):.0f} ms\n"
    )


if __name__ == "__main__":
    main()
