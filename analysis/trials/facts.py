"""What is known of each item of a run beside its verdicts: its label, its act, its place.

One query for each table. These facts are the columns on which sets are compared and figures are
doubted; none of them ever reached a proposer or a judge.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from taste.assignment_tables import Adjudication
from taste.tables import Item, ItemSet, Run, Trial
from transcripts.db import Db
from transcripts.tables import Annotation, DecisionPoint, Draw, Event

_LABEL = (
    "attribution", "knowable", "recovery", "initiator", "recognised_by", "human_move_source",
    "hidden_context", "harm", "confidence",
)  # fmt: skip


ITEM_FACTS = (
    "label_rule", "act_kind", "position", "probability", *_LABEL, "label_type", "annotators",
    "label_kind", "label_agreement", "prefix_events", "prefix_chars", "evidence_turns",
)  # fmt: skip
"""Columns of the trials table that are read here."""


def read_item_facts(db: Db, run: Run) -> Mapping[int, Mapping[str, Any]]:
    """Returns for every item of the run, by its row id, the columns that are facts about it."""
    items = select(Trial.item_id).where(col(Trial.run_id) == run.id).distinct()
    found = db.connection().execute(_query(items)).mappings().all()
    prefixes = _read_prefixes(db, items)
    turns = _read_evidence_turns(db, items)
    votes = _read_votes(db, [row["decision_point_id"] for row in found])
    return {
        row["item_id"]: {
            **{name: row[name] for name in ("label_rule", "act_kind", "position", "probability")},
            **_label(row, votes[row["decision_point_id"]]),
            **prefixes.get(row["item_id"], {"prefix_events": 0, "prefix_chars": 0}),
            "evidence_turns": turns.get(row["item_id"]),
        }
        for row in found
    }


def _label(row: Mapping[Any, Any], votes: Counter[str]) -> dict[str, Any]:
    """The label that made the point an item, and how far its annotators agree on its kind."""
    label: dict[str, Any] = {name: row[name] for name in _LABEL}
    label["label_type"] = row["type"]
    label["annotators"] = votes.total() or None
    # A random set is frozen without a label: there the kind is what all annotators say.
    kind = row["kind"] or (next(iter(votes)) if len(votes) == 1 else None)
    label["label_kind"] = kind
    label["label_agreement"] = votes[kind] / votes.total() if kind and votes else None
    return label


def _query(items: Any) -> Select[Any]:
    first = aliased(Event)
    query: Select[Any] = (
        select(  # type: ignore[call-overload]
            col(Item.id).label("item_id"),
            Item.decision_point_id,
            col(ItemSet.labels).label("label_rule"),
            col(Item.cut).label("position"),
            first.act_kind,
            col(Draw.probability).label("probability"),
            Annotation.kind,
            Annotation.type,
            *(getattr(Annotation, name) for name in _LABEL),
        )
        .select_from(Item)
        .join(ItemSet, col(ItemSet.id) == col(Item.set_id))
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .outerjoin(Annotation, col(Annotation.id) == col(Item.annotation_id))
        .outerjoin(
            first,
            and_(
                first.session_id == col(DecisionPoint.session_id),  # type: ignore[arg-type]
                first.event_id == col(DecisionPoint.before),  # type: ignore[arg-type]
            ),
        )
        .outerjoin(
            Draw,
            and_(
                col(Draw.name) == col(ItemSet.sample),
                col(Draw.decision_point_id) == col(Item.decision_point_id),
            ),
        )
        .where(col(Item.id).in_(items))
    )
    return query


def _read_prefixes(db: Db, items: Any) -> dict[int, dict[str, int]]:
    """Events and characters that were knowable at each item's cut, in its thread."""
    query = (
        select(Item.id, func.count(), func.sum(col(Event.n_chars)))
        .select_from(Item)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .join(
            Event,
            and_(
                col(Event.session_id) == col(DecisionPoint.session_id),
                col(Event.thread) == col(DecisionPoint.thread),
                col(Event.shown).is_(True),
                col(Event.visible_from) < col(Item.cut),
                or_(
                    col(Event.abandoned_from).is_(None),
                    col(Event.abandoned_from) >= col(Item.cut),
                ),
            ),
        )
        .where(col(Item.id).in_(items))
        .group_by(col(Item.id))
    )
    return {
        item: {"prefix_events": events, "prefix_chars": chars}
        for item, events, chars in db.connection().execute(query)
    }


def _read_evidence_turns(db: Db, items: Any) -> dict[int, int]:
    """Counts the human acts of an item's thread after its own, until the line is shown wrong.

    Items without a mark at the event that first shows it, or with one that the session does not
    hold, are left out.
    """
    shown, later = aliased(Event), aliased(Event)
    of_point = col(DecisionPoint.session_id)
    query = (
        select(Item.id, func.count(col(later.act).distinct()))
        .select_from(Item)
        .join(DecisionPoint, col(DecisionPoint.id) == col(Item.decision_point_id))
        .join(Annotation, col(Annotation.id) == col(Item.annotation_id))
        .join(
            shown,
            and_(
                col(shown.session_id) == of_point,
                col(shown.event_id) == col(Annotation.recognised),
            ),
        )
        .outerjoin(
            later,
            and_(
                col(later.session_id) == of_point,
                col(later.thread) == col(DecisionPoint.thread),
                col(later.act) > col(Item.cut),
                col(later.act) <= col(shown.position),
            ),
        )
        .where(col(Item.id).in_(items))
        .group_by(col(Item.id))
    )
    return {row[0]: row[1] for row in db.connection().execute(query)}


def _read_votes(db: Db, points: Sequence[int]) -> defaultdict[int, Counter[str]]:
    """How many annotators gave each point each kind; an adjudicator is none.

    What was corrected or withdrawn is out; of several by one annotator the latest stands.
    """
    replaced = select(Annotation.replaces_id).where(col(Annotation.replaces_id).is_not(None))
    decided = select(Adjudication.annotation_id).where(col(Adjudication.annotation_id).is_not(None))
    query = (
        select(Annotation.decision_point_id, Annotation.annotator_id, Annotation.kind)
        .where(
            col(Annotation.decision_point_id).in_(set(points)),
            col(Annotation.withdrawn).is_(False),
            col(Annotation.id).not_in(replaced),
            col(Annotation.id).not_in(decided),
        )
        .order_by(col(Annotation.created_at), col(Annotation.id))
    )
    latest = {(point, annotator): kind for point, annotator, kind in db.exec(query)}
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for (point, _), kind in latest.items():
        votes[point][kind] += 1
    return votes
