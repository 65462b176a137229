"""Rows against the rows that they refer to: none is missing, and none belongs elsewhere."""

from collections.abc import Iterator

from sqlalchemy import text

from taste.auditing.found import Audit
from transcripts.db import Db

_CALLED = (
    "proposal", "restatement", "digest", "verdict", "probe", "attack_verdict", "bridge_verdict",
    "batch_item",
)  # fmt: skip
_RULES = {
    "restatement": (
        "is of a proposal with another move",
        "SELECT r.id FROM restatement r JOIN proposal p ON p.id = r.proposal_id "
        "WHERE p.move DIFFERS FROM r.verbatim AND p.move <> '[withdrawn]'",
    ),
    "comparison": (
        "compares moves of other points or proposals",
        "SELECT c.id FROM comparison c JOIN restatement h ON h.id = c.human_id "
        "JOIN restatement r ON r.id = c.proposed_id JOIN proposal p ON p.id = c.proposal_id "
        "WHERE h.decision_point_id <> c.decision_point_id "
        "OR (r.verbatim DIFFERS FROM p.move AND r.verbatim <> '[withdrawn]' "
        "AND p.move <> '[withdrawn]')",
    ),
    # The same words by two arms are judged once: then the moves agree, and not the proposals.
    "trial_verdict": (
        "gives a trial a verdict on another move",
        "SELECT t.id || '/' || v.id FROM trial_verdict l JOIN trial t ON t.id = l.trial_id "
        "JOIN verdict v ON v.id = l.verdict_id JOIN comparison c ON c.id = v.comparison_id "
        "JOIN proposal p ON p.id = t.proposal_id JOIN restatement s ON s.id = c.proposed_id "
        "WHERE c.proposal_id <> p.id AND p.move <> '[withdrawn]' AND NOT EXISTS (SELECT 1 "
        "FROM restatement r WHERE r.verbatim = p.move AND (r.move = s.move OR r.id = s.id))",
    ),
    "call": (
        "came with a batch of another run",
        "SELECT c.id FROM call c JOIN batch b ON b.id = c.batch_id WHERE b.run_id <> c.run_id",
    ),
    "adjudication": (
        "lets a label stand that is not the adjudicator's, or lies in another session",
        "SELECT j.id FROM adjudication j JOIN annotation a ON a.id = j.annotation_id "
        "JOIN decision_point d ON d.id = a.decision_point_id "
        "WHERE a.annotator_id <> j.annotator_id OR d.session_id <> j.session_id "
        "OR j.decision IN ('both_valid', 'not_a_point')",
    ),
    "adjudicated_label": (
        "is about a label of another session, or of the adjudicator's own",
        "SELECT l.id FROM adjudicated_label l JOIN adjudication j ON j.id = l.adjudication_id "
        "JOIN annotation a ON a.id = l.annotation_id "
        "JOIN decision_point d ON d.id = a.decision_point_id "
        "WHERE d.session_id <> j.session_id OR a.annotator_id = j.annotator_id",
    ),
}
"""Table -> what is wrong with the rows that the query gives; none differs from a value."""


def check_links(db: Db, found: Audit) -> Iterator[str]:
    """Rows that refer to a row that is not there, or to one that is not theirs."""
    if db.get_bind().dialect.name == "sqlite":
        broken = db.connection().execute(text("PRAGMA foreign_key_check"))
        for table, number, target, _ in broken:
            yield f"row {number} of {table} refers to a row of {target} that is not there"
    differs = "IS NOT" if db.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    for table, (fault, query) in _RULES.items():
        found.count("links")
        statement = text(query.replace("DIFFERS FROM", differs))
        for number in db.connection().execute(statement).scalars():
            yield f"row {number} of {table} {fault}"
    for table in _CALLED:
        found.count("links")
        query = f'SELECT x.id, x.call_id FROM "{table}" x JOIN call c ON c.id = x.call_id '
        other = text(f"{query} WHERE c.identity <> x.identity")
        for number, call in db.connection().execute(other):
            yield f"row {number} of {table} refers to call {call}, which was made for another"
