"""Prepares the demonstration: imports the examples, freezes both sets, scripts the simulator."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlmodel import select

from taste.controls import shuffled_move
from taste.points import PointText, earlier_acts, read_point
from taste.requests import escape_fences
from taste.set_rules import SetRule
from taste.sets import freeze_set, get_set, read_items
from taste.simulator.restatement import restate
from taste.simulator.script import Move, Script, ScriptedItem, fence_key
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.points import read_points, store_points
from transcripts.shipped import examples_folder, list_examples
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Session

SETS = (
    SetRule("suboptimal", "suboptimal", "one"),
    SetRule("strong", "strong", "one"),
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the demonstration works on."""

    sessions: int
    points: int
    items: dict[str, int]


def prepare(db: Db, now: datetime) -> Prepared:
    """Import the example sessions and their points, and freeze both sets; idempotent."""
    for example in list_examples():
        options = ImportOptions(example.researcher, example.project)
        import_file(db, example.path, options, now)
    lines = read_points(examples_folder() / "points.jsonl", read_codebook())
    done = store_points(db, lines, None, now, partial=False)
    assert not done.refused, done.refused
    items = {rule.name: freeze_set(db, rule, now).items for rule in SETS}
    sessions = len(db.exec(select(Session.id)).all())
    return Prepared(sessions, done.stored + done.unchanged, items)


def study_text(base_url: str) -> str:
    """The demonstration's study file, with the simulator's address in it."""
    text = files("taste").joinpath("demo", "study.toml").read_text(encoding="utf-8")
    return text.replace("http://127.0.0.1:1", base_url)


def read_script(db: Db) -> Script:
    """The hand-written answers, tied to the texts that requests about the items will hold."""
    answers = {(a["session"], a["before"]): a for a in _answers()}
    found = []
    for text in _item_texts(db):
        session = text.session.external_id
        answer = answers.get((session, text.point.before))
        if answer is not None:
            found.append(_scripted(text, answer))
    known = {item.human_verbatim for item in found}
    return Script([*found, *_elsewhere(db, known)])


def _elsewhere(db: Db, known: set[str]) -> Iterator[ScriptedItem]:
    """Acts that the `shuffled` arm borrows: the judge is to know that they belong elsewhere."""
    for text in _item_texts(db):
        point = text.point
        borrowed = shuffled_move(point.prefix_hash, earlier_acts(db, point)).move
        if borrowed is None or borrowed in known:
            continue
        known.add(borrowed)
        restated = restate(borrowed, "").move
        move = Move(borrowed, "", "", restated, 0.0, "", "")
        yield ScriptedItem(fence_key(f"elsewhere {borrowed}"), borrowed, move, move, {})


def _answers() -> Iterator[dict[str, Any]]:
    lines = files("taste").joinpath("demo", "answers.jsonl").read_text(encoding="utf-8")
    for line in lines.splitlines():
        yield json.loads(line)


def _item_texts(db: Db) -> Iterator[PointText]:
    for rule in SETS:
        for item in read_items(db, get_set(db, rule.name)):
            yield read_point(db, item)


def _scripted(text: PointText, answer: dict[str, Any]) -> ScriptedItem:
    moves = {name: Move(**move) for name, move in answer["moves"].items()}
    return ScriptedItem(
        prefix_key=fence_key(escape_fences(text.prefix.text)),
        human_verbatim=text.act,
        human=Move(**answer["human"]),
        placebo=Move(**answer["placebo"]),
        moves=moves,
        tail_key=fence_key(escape_fences(text.tail)),
    )
