"""How well `taste.leaks` tells a digest that gives the human's move away from one that does not.

Hand-written clean digests of the 36 example points, and sentences that give the move away planted
in them. Both were written before the limits of `taste.leaks` were set. The limits were set on every
second session by hash (the tuning half); what counts are the other sessions. No model is asked.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from taste.database import open_database
from taste.demo.setup import SETS, prepare
from taste.leaks import find_leak, find_unchecked
from taste.points import read_point
from taste.sets import get_set, read_items
from transcripts.db import Db

DIGESTS = Path(__file__).with_suffix(".toml")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WHO = (
    "The person then asked the agent to {}.",
    "It was decided to {}.",
    "The user opted to {} at this point.",
    "The next step was to {}.",
    "They chose to {}.",
    "On the researcher's insistence, the work turned to the following: {}.",
)
ODD = {"put": "putting", "run": "running", "set": "setting"}


@dataclass(frozen=True, slots=True)
class Point:
    """A decision point with its moves, its clean digest, and sentences that give the move away."""

    session: str
    shown: str
    moves: tuple[str, str]
    clean: str
    planted: dict[str, str]


def read_points() -> list[Point]:
    """All example points."""
    digests = {(d["session"], d["before"]): d for d in tomllib.loads(DIGESTS.read_text())["items"]}
    lines = files("taste").joinpath("demo", "answers.jsonl").read_text(encoding="utf-8")
    answers = {(a["session"], a["before"]): a for a in map(json.loads, lines.splitlines())}
    points = []
    with TemporaryDirectory() as folder:
        engine = open_database(str(Path(folder) / "points.db"))
        with Db(engine) as db:
            prepare(db, NOW)
            for item in (i for rule in SETS for i in read_items(db, get_set(db, rule.name))):
                text = read_point(db, item)
                key = (text.session.external_id, text.point.before)
                written = digests[key]
                restated = answers[key]["human"]["restated"]
                planted = plant(len(points), text.act, answers[key], written)
                moves = (text.act, restated)
                points.append(
                    Point(key[0], text.prefix.text, moves, written["clean"].strip(), planted)
                )
        engine.dispose()
    return points


def plant(number: int, act: str, answer: dict[str, Any], written: dict[str, str]) -> dict[str, str]:
    """Sentences that give the move away, by kind, from literal to free."""
    restated, other = answer["human"]["restated"], answer["placebo"]["restated"]
    doing = gerund(restated)
    half = len(doing) // 2 + doing[len(doing) // 2 :].index(" ")
    parts = re.split(r",\s+(?:and\s+)?|\s+(?:and|with|for|on|in|of)\s+", restated.rstrip("."))
    lowered = other[0].lower() + other[1:].rstrip(".")
    return {
        "verbatim": " ".join(act.split()),
        "restated": restated,
        "as a gerund": f"{doing} taught little.",
        "reordered": f"{', '.join(reversed(parts)).capitalize()}.",
        "its first half": f"{doing[:half]} taught little.",
        "over two sentences": f"{doing[:half]} was one part. The other was{doing[half:]}.",
        "told by hand, close": written["told"],
        "paraphrase, who did it": WHO[number % len(WHO)].format(lowered),
        "paraphrase": f"{gerund(other)} taught little.",
        "told by hand, free": written["reworded"],
    }


def gerund(move: str) -> str:
    """An imperative sentence as a noun phrase: "Sweep x." becomes "Sweeping x"."""
    verb, rest = move.rstrip(".").split(" ", 1)
    plain = verb.lower()
    form = ODD.get(plain) or (plain[:-1] if plain.endswith("e") else plain) + "ing"
    return f"{form.capitalize()} {rest}"


def halves(points: list[Point]) -> dict[str, list[Point]]:
    """The points by half; every second session by hash belongs to the tuning half."""
    sessions = {point.session for point in points}
    ordered = sorted(sessions, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    tuning = set(ordered[::2])
    return {
        "tuning": [point for point in points if point.session in tuning],
        "test": [point for point in points if point.session not in tuning],
    }


def measure(points: list[Point]) -> Iterator[tuple[str, list[str | None]]]:
    """Kind of digest, with the kind of leak found in each, None where it passes."""
    yield "clean, own moves", [found(point, point.clean) for point in points]
    others = [
        found(point, other.clean)
        for point in points
        for other in points
        if other is not point and other.session == point.session
    ]
    yield "clean, moves of the session's other points", others
    for kind in points[0].planted:
        yield kind, [found(point, insert(point.clean, point.planted[kind])) for point in points]


def found(point: Point, digest: str) -> str | None:
    """The kind of leak found in a digest."""
    leak = find_leak(digest, point.moves, point.shown)
    return leak.kind if leak else None


def insert(digest: str, sentence: str) -> str:
    """A digest with a sentence after its second one."""
    sentences = re.split(r"(?<=[.!?])\s+", digest)
    return " ".join([*sentences[:2], sentence, *sentences[2:]])


def main(half: Annotated[str, typer.Option(help="tuning or test")] = "test") -> None:
    """Print, for each kind of digest, how many are refused of how many, and by which rule."""
    every = read_points()
    points = halves(every)[half]
    sessions = len({point.session for point in points})
    typer.echo(f"{half} half: {len(points)} of {len(every)} points, in {sessions} sessions")
    for form, name in enumerate(("verbatim", "restated")):
        short = sum(bool(find_unchecked(p.clean, [p.moves[form]])) for p in points)
        typer.echo(f"{name} moves that cannot be compared by words: {short}")
    typer.echo(f"{'digest':44} refused  acting  run  share")
    for kind, kinds in measure(points):
        counts = [kinds.count(name) for name in ("acting", "run", "share")]
        refused = f"{sum(counts)}/{len(kinds)}"
        typer.echo(f"{kind:44} {refused:>7} {counts[0]:7} {counts[1]:4} {counts[2]:6}")


if __name__ == "__main__":
    typer.run(main)
