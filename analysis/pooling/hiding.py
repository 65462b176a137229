"""Trials without text: what is not known to be harmless is replaced by a number or left out.

A column passes only by a rule that is written here, so a new column stays behind until it has one.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from analysis.figures.outline import CONTROLS
from analysis.trials.columns import (
    CONFIDENCES,
    FORMS,
    JUDGE_KINDS,
    ORDERS,
    POINTS,
    PROMPTS,
    PROVENANCES,
    SET_KINDS,
    SURFACE,
    TIE,
    UNSCORED,
    VIEWS,
    TrialRow,
)
from transcripts.records import ActKind

WITHHELD = "withheld"
"""In place of a word that the shipped codebook does not have, and of every reason."""
WORDS: Mapping[str, Sequence[str]] = {
    "set_kind": SET_KINDS,
    "view": VIEWS,
    "form": FORMS,
    "provenance": PROVENANCES,
    "prompt": PROMPTS,
    "order": ORDERS,
    "judge_kind": JUDGE_KINDS,
    "judge_confidence": CONFIDENCES,
    "verdict": ("first", "second", TIE, UNSCORED),
    "outcome": (*POINTS, UNSCORED),
    "label_rule": ("adjudicated", "unanimous", "one"),
    "label_kind": ("detour", "strong", "neither", "unresolved"),
    "attribution": ("human", "agent", "both", "environment"),
    "knowable": ("yes", "partly", "no"),
    "recovery": ("full", "partial", "abandoned", "never", "other_session"),
    "initiator": ("human", "agent_offer", "pasted", "unclear"),
    "recognised_by": ("human", "agent", "environment"),
    "human_move_source": ("recorded", "quoted", "inferred"),
    "act_kind": tuple(ActKind),
    "exclusion": (),
    "reason": (),
}
"""Column -> the words that travel; any other is withheld."""
NUMBERS = (
    "item", "repeat", "sample", "score", "simulated", "hindsight", "item_id", "trial_id",
    "proposal_id", "comparison_id", "verdict_id", "confidence", "annotators", "label_agreement",
    "hidden_context", "harm", "position", "prefix_events", "prefix_chars", "human_chars",
    "proposal_chars", "probability", "label_probability", "minutes", "in_share",
    "judge_probability", "evidence_turns",
    *(f"{side}_{feature}" for side in ORDERS for feature in SURFACE),
)  # fmt: skip
DAYS = ("released", "cutoff", "session_date")
NAMES = ("proposer_family", "judge_family", "judge_model", "agent_family")
"""Columns that name models; they travel where they look like a model's name."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}(/[A-Za-z0-9][A-Za-z0-9.:_-]{0,63})?")
_FILE = re.compile(r"\.[A-Za-z][A-Za-z0-9]*\Z")
"""`.gguf`; a version such as `.5` or `.5-turbo` is none."""
_HASH = re.compile(r"[0-9a-f]{64}")


def hide_texts(rows: Sequence[TrialRow]) -> list[dict[str, Any]]:
    """Returns the rows with numbers, days, known words, model names and hashes only."""
    rules = _rules(rows)
    return [{name: rule(row) for name, rule in rules.items()} for row in rows]


def hash_id(kind: str, value: str) -> str:
    """Returns a hash of a session's or lineage's id: the same in every laboratory."""
    return hashlib.sha256(f"taste {kind}\0{value}".encode()).hexdigest()


Rule = Callable[[TrialRow], Any]


def _rules(rows: Sequence[TrialRow]) -> dict[str, Rule]:
    sets = _number_within((row.set_kind, row.set) for row in rows)
    tails = _number_within(_split(row.arm) for row in rows)
    people = _number_within(("person", row.judge) for row in rows if row.judge_kind == "person")
    rules: dict[str, Rule] = {
        "set": lambda row: f"{_word(row.set_kind, SET_KINDS)}-{sets[row.set_kind, row.set]}",
        "arm": lambda row: _arm(row.arm, tails),
        "judge": lambda row: _judge(row, people),
        "judge_prompt": lambda row: _hashed(row.judge_prompt),
        "lineage": lambda row: hash_id("lineage", row.lineage),
        "session": lambda row: hash_id("session", row.session),
        "agent_models": lambda _: "",
    }
    for column in ("researcher", "project", "label_type"):
        rules[column] = _numbered(column, rows)
    for column, words in WORDS.items():
        rules[column] = lambda row, column=column, words=words: _word(getattr(row, column), words)  # type: ignore[misc]
    for column in NAMES:
        rules[column] = lambda row, column=column: hide_name(getattr(row, column))  # type: ignore[misc]
    for column in NUMBERS:
        rules[column] = lambda row, column=column: _of(getattr(row, column), int | float)  # type: ignore[misc]
    for column in DAYS:
        rules[column] = lambda row, column=column: _of(getattr(row, column), date)  # type: ignore[misc]
    return rules


def _number_within(pairs: Iterable[tuple[str, str | None]]) -> dict[tuple[str, str | None], int]:
    """Returns a number from 1 for each name among those of its kind."""
    found: dict[tuple[str, str | None], int] = {}
    counts: dict[str, int] = {}
    for kind, name in sorted(set(pairs), key=str):
        counts[kind] = found[kind, name] = counts.get(kind, 0) + 1
    return found


def _numbered(column: str, rows: Sequence[TrialRow]) -> Rule:
    numbers = _number_within((column, getattr(row, column)) for row in rows)

    def rule(row: TrialRow) -> str | None:
        value = getattr(row, column)
        return None if value is None else f"{column}-{numbers[column, value]}"

    return rule


def _split(arm: str) -> tuple[str, str]:
    head, _, tail = arm.partition(":")
    return head, tail


def _arm(arm: str, tails: Mapping[tuple[str, str | None], int]) -> str:
    head, tail = _split(arm)
    if head in CONTROLS:
        return f"{head}:{tails[head, tail]}" if tail else head
    return hide_name(arm) or WITHHELD


def _judge(row: TrialRow, people: Mapping[tuple[str, str | None], int]) -> str | None:
    if row.judge_kind == "person":
        return f"person-{people['person', row.judge]}"
    return hide_name(row.judge)


def hide_name(value: str | None) -> str | None:
    """Returns a model's name; a path, a file, an address or a sentence gives its hash."""
    if value is None or (_NAME.fullmatch(value) and not _FILE.search(value)):
        return value
    return hash_id("name", value)[:16]


def _word(value: str | None, words: Sequence[str]) -> str | None:
    return value if value is None or value in words else WITHHELD


def _hashed(value: str | None) -> str | None:
    return value if value is None or _HASH.fullmatch(value) else hash_id("prompt", value)


def _of(value: Any, kind: Any) -> Any:
    return value if isinstance(value, kind) else None
