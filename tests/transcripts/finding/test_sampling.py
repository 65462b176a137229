"""Samples: who can be drawn, how likely that is, and that the same seed draws the same."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.finding.drawing import Design, Place, draw_sample
from transcripts.finding.sampling import read_frame, store_sample
from transcripts.finding.screening import Finding, screen
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import DecisionPoint, Draw, Session

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


def place(lineage: int, number: int, stratum: str = "yes/visible") -> Place:
    name = f"s{lineage:02}"
    return Place(name, name, 1, f"{name}-{number}", number, lineage, stratum)


STRATA = ("yes/visible", "yes/visible", "yes/visible", "no/hidden", "no/hidden")
FRAME = [place(s, n, STRATA[s]) for s in range(5) for n in range(s + 2)]
DESIGNS = [
    pytest.param(Design("s", 6, 1), id="simple"),
    pytest.param(Design("s", 6, 1, per_session=2), id="capped"),
    pytest.param(Design("s", 7, 1, stratified=True), id="strata"),
    pytest.param(Design("s", 6, 1, per_session=3, stratified=True), id="both"),
]


@pytest.mark.parametrize("design", DESIGNS)
def test_the_stated_probability_is_how_often_a_point_is_drawn(design: Design) -> None:
    counts: Counter[str] = Counter()
    stated: dict[str, float] = {}
    for seed in range(2000):
        for one in draw_sample(FRAME, design, random.Random(seed)):
            counts[one.place.before] += 1
            stated[one.place.before] = one.probability
    assert set(stated) == {one.before for one in FRAME}
    for before, probability in stated.items():
        spread = (probability * (1 - probability) / 2000) ** 0.5
        assert abs(counts[before] / 2000 - probability) < 4.5 * spread + 1e-9


@pytest.mark.parametrize("design", DESIGNS)
def test_the_probabilities_add_up_to_the_size(design: Design) -> None:
    stated = {}
    for seed in range(200):
        for one in draw_sample(FRAME, design, random.Random(seed)):
            stated[one.place.before] = one.probability
    assert sum(stated.values()) == pytest.approx(design.size)


@given(st.integers(0, 99), st.integers(1, 12), st.one_of(st.none(), st.integers(1, 4)))
def test_a_sample_has_its_size_no_point_twice_and_keeps_the_cap(
    seed: int, size: int, cap: int | None
) -> None:
    pool = sum(min(cap or 99, s + 2) for s in range(5))
    if size > pool:
        return
    drawn = draw_sample(FRAME, Design("s", size, seed, cap), random.Random(seed))
    assert len({one.place for one in drawn}) == len(drawn) == size
    most = max(Counter(one.place.lineage for one in drawn).values())
    assert cap is None or most <= cap


def test_the_order_of_the_frame_changes_nothing() -> None:
    design = Design("s", 5, 1, per_session=2, stratified=True)
    turned = list(reversed(FRAME))
    assert draw_sample(FRAME, design, random.Random(1)) == draw_sample(
        turned, design, random.Random(1)
    )


def test_strata_give_equal_shares_as_far_as_they_go() -> None:
    frame = [place(0, n, "no/hidden") for n in range(2)] + [place(1, n) for n in range(30)]
    drawn = draw_sample(frame, Design("s", 10, 1, stratified=True), random.Random(1))
    assert Counter(one.place.stratum for one in drawn) == {"no/hidden": 2, "yes/visible": 8}


def test_more_points_than_there_are_cannot_be_drawn() -> None:
    with pytest.raises(UserError, match="99 points are wanted and 20 can be drawn"):
        draw_sample(FRAME, Design("s", 99, 1), random.Random(1))


@pytest.fixture
def work(
    new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime
) -> Callable[..., "Script"]:
    """work("s-1", 3) imports a session with a request and three acts after it."""

    def working(name: str, acts: int) -> "Script":
        script = new_script(name)
        script.human(f"start {name}")
        for number in range(acts):
            script.says(f"reply {number}")
            script.human(f"act {number} of {name}")
        path = script.write(tmp_path / f"{name}.jsonl")
        import_file(db, path, ImportOptions(), now)
        return script

    return working


def test_the_frame_is_every_act_with_a_response_before_it(
    work: Callable[..., "Script"], db: Db, now: datetime
) -> None:
    work("s-1", 2)
    work("s-2", 0)
    frame = read_frame(db, now)
    assert [(one.session, one.cut, one.stratum) for one in frame] == [
        ("s-1", 2, "unscreened"), ("s-1", 4, "unscreened"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cuts_reliable", False),
        ("usable_until", date(2020, 1, 1)),
        ("withdrawn_at", datetime(2026, 1, 1)),  # noqa: DTZ001
    ],
)
def test_a_session_that_may_not_be_used_or_cut_is_not_drawn_from(
    work: Callable[..., "Script"], db: Db, now: datetime, name: str, value: object
) -> None:
    work("s-1", 2)
    session = db.exec(select(Session)).one()
    setattr(session, name, value if name != "withdrawn_at" else now)
    db.add(session)
    db.commit()
    assert read_frame(db, now) == []


def test_the_last_day_of_consent_counts(
    work: Callable[..., "Script"], db: Db, now: datetime
) -> None:
    work("s-1", 2)
    session = db.exec(select(Session)).one()
    session.usable_until = now.date()
    db.add(session)
    db.commit()
    assert len(read_frame(db, now)) == 2
    assert read_frame(db, now + timedelta(days=1)) == []


def test_a_copy_of_recorded_work_is_in_the_frame_once(
    work: Callable[..., "Script"], db: Db, now: datetime, tmp_path: Path
) -> None:
    script = work("s-1", 3)
    copied = script.data.replace(b'"sessionId": "s-1"', b'"sessionId": "s-0"')
    (tmp_path / "s-0.jsonl").write_bytes(copied)
    import_file(db, tmp_path / "s-0.jsonl", ImportOptions(), now)
    frame = read_frame(db, now)
    assert len({one.before for one in frame}) == len(frame) == 3


def test_a_screened_session_gives_its_lineage_the_stratum(
    work: Callable[..., "Script"], db: Db, now: datetime
) -> None:
    work("s-1", 1)
    (session,) = db.exec(select(Session)).all()
    screen(db, session, Finding("yes", True, "it says so"), "ada", now)
    screen(db, session, Finding("partly", False, "on second reading"), "bob", now)
    assert [one.stratum for one in read_frame(db, now)] == ["partly/hidden"]


def test_a_sample_is_stored_once_and_found_again(
    work: Callable[..., "Script"], db: Db, now: datetime
) -> None:
    work("s-1", 6)
    design = Design("first", 3, seed=7)
    drawn, again = store_sample(db, design, now), store_sample(db, design, now)
    assert (drawn.created, again.created) == (True, False)
    assert [d.id for d in drawn.draws] == [d.id for d in again.draws]
    assert {(d.source, d.probability, d.number) for d in drawn.draws} == {
        ("random", 0.5, n) for n in (1, 2, 3)
    }
    with pytest.raises(UserError, match="the sample 'first' is drawn otherwise"):
        store_sample(db, Design("first", 4, seed=7), now)


def test_too_large_a_sample_stores_nothing(
    work: Callable[..., "Script"], db: Db, now: datetime
) -> None:
    work("s-1", 2)
    with pytest.raises(UserError, match="3 points are wanted and 2 can be drawn"):
        store_sample(db, Design("first", 3, seed=7), now)
    assert db.exec(select(Draw)).all() == []
    assert db.exec(select(DecisionPoint)).all() == []
