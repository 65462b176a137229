"""Which rows a run's report rests on: its sessions whole, and of other runs what touches them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy
from sqlalchemy import Column

import taste.assignment_tables
import taste.probe_tables
import taste.run_tables
import taste.tables  # noqa: F401
from taste.tables import Run
from transcripts.db import Db
from transcripts.tables import Table

_AT_ONCE = 10_000
"""Ids in one query: SQLite takes 32,766."""


@dataclass
class Chosen:
    """Ids of the rows that go into a bundle, by table."""

    db: Db
    ids: dict[str, set[int]] = field(default_factory=dict)

    def of(self, table: str) -> set[int]:
        """The ids of a table's rows."""
        return self.ids.setdefault(table, set())

    def find(self, table: str, column: str, among: Iterable[int], what: str = "id") -> set[int]:
        """Values of a column of the rows whose other column is one of some ids."""
        found: set[int] = set()
        columns = Table.metadata.tables[table].c
        ids = sorted(among)
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            query = sqlalchemy.select(columns[what]).where(columns[column].in_(some))
            values = self.db.connection().execute(query).scalars()
            found.update(value for value in values if value is not None)
        return found

    def add(self, table: str, column: str, of: str) -> None:
        """Take the rows of a table that point to rows that were taken."""
        self.of(table).update(self.find(table, column, self.of(of)))

    def add_targets(self, table: str, column: str, of: str) -> None:
        """Take the rows that a table's taken rows point to."""
        self.of(of).update(self.find(table, "id", self.of(table), column))


SESSION_PARTS = ("decision_point", "entry", "event", "place_name", "screening", "source", "thread")
AT_POINTS = ("annotation", "draw", "proposal", "restatement", "comparison", "digest")
CALLED = (
    "proposal", "restatement", "digest", "probe", "verdict", "attack_verdict", "bridge_verdict",
)  # fmt: skip
"""Evidence that says which call made it."""
OF_PEOPLE = {
    "label_record": ("annotation_id", "annotation"),
    "person_proposal": ("proposal_id", "proposal"),
    "person_verdict": ("verdict_id", "verdict"),
    "reveal": ("draw_id", "draw"),
    "calibration_draw": ("comparison_id", "comparison"),
    "adjudication": ("session_id", "session"),
    "adjudicated_label": ("adjudication_id", "adjudication"),
}
"""How people came to what they said; with it come the submissions and assignments behind it."""
OF_RUNS = ("look", "retry", "review", "stock_fit")


def choose_rows(db: Db, run: Run, set_names: Iterable[str]) -> Mapping[str, set[int]]:
    """Ids by table of what a bundle of a run holds, what they point to included."""
    assert run.id is not None
    chosen = Chosen(db)
    chosen.of("run").add(run.id)
    _add_sessions(chosen, set_names)
    _add_trials(chosen)
    _add_evidence(chosen)
    _add_calls(chosen, run.id)
    size = -1
    while size != (size := sum(map(len, chosen.ids.values()))):
        for table, column, of in list(_pointers(chosen)):
            chosen.add_targets(table, column, of)
    return {table: ids for table, ids in chosen.ids.items() if ids}


def _add_sessions(chosen: Chosen, set_names: Iterable[str]) -> None:
    """The run's sets, and every session that a point of theirs lies in."""
    sets = Table.metadata.tables["item_set"].c
    query = sqlalchemy.select(sets.id).where(sets.name.in_(list(set_names)))
    chosen.of("item_set").update(chosen.db.connection().execute(query).scalars())
    for table in ("item", "set_exclusion"):
        chosen.add(table, "set_id", "item_set")
        chosen.add_targets(table, "decision_point_id", "decision_point")
    chosen.add_targets("decision_point", "session_id", "session")
    for table in SESSION_PARTS:
        chosen.add(table, "session_id", "session")
    for table in AT_POINTS:
        chosen.add(table, "decision_point_id", "decision_point")
    chosen.add("evidence", "annotation_id", "annotation")


def _add_trials(chosen: Chosen) -> None:
    """Trials on these points, of this run and of any other."""
    chosen.add("item", "decision_point_id", "decision_point")
    chosen.add("trial", "item_id", "item")
    chosen.add_targets("trial", "run_id", "run")
    chosen.add("attack_verdict", "item_id", "item")
    chosen.add_targets("attack_verdict", "run_id", "run")


def _add_evidence(chosen: Chosen) -> None:
    chosen.add("verdict", "comparison_id", "comparison")
    chosen.add("probe", "decision_point_id", "decision_point")
    for table, (column, of) in OF_PEOPLE.items():
        chosen.add(table, column, of)
    # What was handed in without a label says that there was nothing to label.
    read = chosen.find("assignment", "session_id", chosen.of("session"))
    chosen.of("submission").update(chosen.find("submission", "assignment_id", read))
    chosen.add("bridge_verdict", "verdict_id", "verdict")
    chosen.add_targets("bridge_verdict", "run_id", "run")
    for table in OF_RUNS:
        chosen.add(table, "run_id", "run")


def _add_calls(chosen: Chosen, run_id: int) -> None:
    """Every call of the run, and of other runs those that made something that was taken."""
    chosen.of("call").update(chosen.find("call", "run_id", [run_id]))
    chosen.add("call", "decision_point_id", "decision_point")
    for table in CALLED:
        chosen.add_targets(table, "call_id", "call")
    chosen.add_targets("call", "run_id", "run")
    chosen.add_targets("call", "batch_id", "batch")
    chosen.add("batch_item", "call_id", "call")
    chosen.of("manifest").update(chosen.find("manifest", "run_id", [run_id]))
    chosen.add("manifest", "set_id", "item_set")
    chosen.of("manifest").update(_tombstones(chosen.db))


def _tombstones(db: Db) -> Iterable[int]:
    """Manifests of what was removed on purpose, without which the others name missing rows."""
    manifest = Table.metadata.tables["manifest"].c
    of_none = manifest.set_id.is_(None) & manifest.run_id.is_(None)
    return db.connection().execute(sqlalchemy.select(manifest.id).where(of_none)).scalars()


def _pointers(chosen: Chosen) -> Iterator[tuple[str, str, str]]:
    """Yield (table, column, target) of every foreign key of taken rows."""
    for table in reversed(Table.metadata.sorted_tables):
        if table.name in chosen.ids and "id" in table.c:
            for key in table.foreign_keys:
                yield table.name, key.parent.name, key.column.table.name


def row_filter(chosen: Mapping[str, set[int]], table: sqlalchemy.Table) -> Callable[..., bool]:
    """Whether a row, by the names of its columns, is taken: by id, or by all that it links."""
    if "id" in table.c:
        ids = chosen.get(table.name, set())
        return lambda row: row["id"] in ids
    links: list[tuple[Column[int], set[int]]] = [
        (key.parent, chosen.get(key.column.table.name, set())) for key in table.foreign_keys
    ]
    return lambda row: all(row[column.name] in ids for column, ids in links)
