"""Frozen sets against their items: the set's own hash, the labels' hashes, the points."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import col

from taste.auditing.found import Audit
from taste.set_rules import SetRule
from taste.sets import digest_of_set, read_items
from taste.tables import Item, ItemSet
from transcripts.annotations import EvidenceSpan, Label
from transcripts.db import Db
from transcripts.removal import TEXTS, WITHDRAWN
from transcripts.tables import Annotation, DecisionPoint, Evidence


def check_sets(db: Db, found: Audit) -> Iterator[str]:
    """Sets whose hash their rule and items do not give, and items that are not their points."""
    for item_set in db.execute(select(ItemSet).order_by(col(ItemSet.id))).scalars().all():
        items = read_items(db, item_set)
        yield from _items(db, items)
        if item_set.size is not None and len(items) < item_set.size:
            continue  # a session was deleted by force; the manifests tell which items went
        found.count("sets")
        if _digest(db, item_set, items) != item_set.digest:
            yield f"row {item_set.id} of item_set has another hash than its rule and items give"


def _digest(db: Db, item_set: ItemSet, items: list[Item]) -> str:
    names = ("name", "kind", "labels", "actor", "per_session", "sample")
    rule = SetRule(**{name: getattr(item_set, name) for name in names})
    labels = (db.get(Annotation, item.annotation_id or 0) for item in items)
    pairs = zip(items, labels, strict=True)
    return digest_of_set(
        rule,
        [(i.lineage, i.thread, i.cut, i.prefix_hash, a.digest if a else None) for i, a in pairs],
    )


def _items(db: Db, items: list[Item]) -> Iterator[str]:
    for item in items:
        point = db.get_one(DecisionPoint, item.decision_point_id)
        if (item.cut, item.prefix_hash) != (point.cut, point.prefix_hash):
            yield f"row {item.id} of item is not at its decision point {point.id}"


def check_labels(db: Db, found: Audit) -> Iterator[str]:
    """Annotations that do not have the hash of what they say."""
    for row in db.execute(select(Annotation).order_by(col(Annotation.id))).scalars().all():
        if row.withdrawn or WITHDRAWN in {getattr(row, name) for name in TEXTS}:
            continue
        found.count("labels")
        if _label(db, row).digest != row.digest:
            yield f"row {row.id} of annotation is not what was written: its hash differs"


def _label(db: Db, row: Annotation) -> Label:
    mine = select(Evidence).where(col(Evidence.annotation_id) == row.id).order_by(col(Evidence.id))
    spans: dict[str, list[EvidenceSpan]] = {"knowable": [], "harm": []}
    for span in db.execute(mine).scalars().all():
        spans[span.role].append(EvidenceSpan(event=span.event_id, start=span.start, end=span.end))
    told = {name: getattr(row, name) for name in Label.model_fields if hasattr(row, name)}
    return Label(
        **told, evidence_knowable=tuple(spans["knowable"]), evidence_harm=tuple(spans["harm"])
    )
