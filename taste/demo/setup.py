"""Prepares the demonstration: imports the examples, freezes both sets, scripts the simulator."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlmodel import select

from taste.controls import shuffled_move
from taste.earlier_acts import earlier_acts
from taste.fences import escape_fences
from taste.moves import MoveLine, WrittenMove, store_moves
from taste.points import PointText, read_point
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
PERSON = "example-person"
"""Who wrote the moves of the arm `person`; not the annotator, who knows how it went on."""


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


def store_persons(db: Db, now: datetime) -> int:
    """Store what another person would have done at each point; return how many moves are new.

    They are invented, as the sessions are.
    """
    written = (
        WrittenMove(session=a["session"], before=a["before"], move=a["person"]["text"])
        for a in _answers()
    )
    lines = (MoveLine(number, move) for number, move in enumerate(written, start=1))
    done = store_moves(db, lines, PERSON, now)
    assert not done.refused, done.refused
    return done.stored


def study_text(base_url: str) -> str:
    """The demonstration's study file, with the simulator's address in it."""
    text = files("taste").joinpath("demo", "study.toml").read_text(encoding="utf-8")
    return text.replace("http://127.0.0.1:1", base_url)


def read_script(db: Db) -> Script:
    """The hand-written answers, tied to the texts that requests about the items will hold."""
    answers = {(a["session"], a["before"]): a for a in _answers()}
    found = []
    for kind, text in _item_texts(db):
        session = text.session.external_id
        answer = answers.get((session, text.point.before))
        if answer is not None:
            found.append(_scripted(text, answer, kind))
    known = {item.human_verbatim for item in found}
    return Script([*found, *_elsewhere(db, known)])


def _elsewhere(db: Db, known: set[str]) -> Iterator[ScriptedItem]:
    """Acts that the `shuffled` arm borrows: the judge is to know that they belong elsewhere."""
    for _, text in _item_texts(db):
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


def _item_texts(db: Db) -> Iterator[tuple[str, PointText]]:
    """What the items of both sets are made of, each with what its human move was."""
    for rule in SETS:
        for item in read_items(db, get_set(db, rule.name)):
            yield "detour" if rule.kind == "suboptimal" else "strong", read_point(db, item)


def _scripted(text: PointText, answer: dict[str, Any], kind: str) -> ScriptedItem:
    moves = {name: Move(**move) for name, move in answer["moves"].items()}
    return ScriptedItem(
        prefix_key=fence_key(escape_fences(text.prefix.text)),
        human_verbatim=text.act,
        human=Move(**answer["human"]),
        placebo=Move(**answer["placebo"]),
        moves=moves,
        tail_key=fence_key(escape_fences(text.tail)),
        kind=kind,
        further={arm: _written(answer[arm]) for arm in ("recovery", "person") if arm in answer},
    )


def _written(answer: dict[str, Any]) -> Move:
    """A move of an arm that no model is asked for in a proposal's form."""
    spoken = {"text": answer["restated"], "why": "", "wrong_if": "", "pro": "", "con": ""}
    return Move(**spoken | answer)
