"""Figures of agreement on screen: for adjudicators only, without a name, and as of now."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import Engine

from annotation_tui.app import make_app
from annotation_tui.desk import Annotating
from annotation_tui.screens.agreement import open_agreement
from taste.agreement_results import AgreementFigure, AgreementResults, Reader
from taste.assignment_tables import Assignment
from tests.annotation_tui.conftest import NOW, Driver
from transcripts.annotations import find_or_add_annotator
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

Estimate = Callable[[Sequence[str]], AgreementResults]


def results(sessions: Sequence[str]) -> AgreementResults:
    pair = ("annotator-1", "annotator-2")
    figure = AgreementFigure("act", "alpha", 0, pair, 0.5, 0.25, 0.75, n=7)
    readers = tuple(Reader(name, len(sessions), 2, 2) for name in pair)
    return AgreementResults(readers, len(sessions), (0,), 0.95, (figure,), ())


def assign(engine: Engine, session: Session, mode: str, state: str = "todo") -> None:
    with Db(engine) as db:
        who = find_or_add_annotator(db, "ann").id or 0
        row = Assignment(
            identity=mode, batch="b", mode=mode, annotator_id=who, session_id=session.id or 0,
            thread="main", number=1, seed=1, created_at=NOW, state=state,
        )  # fmt: skip
        db.add(row)
        db.commit()


def annotating(engine: Engine, codebook: Codebook) -> Annotating:
    return Annotating(engine, "ann", codebook, lambda: NOW, agreement=results)


def show(
    engine: Engine, codebook: Codebook, estimate: Estimate, keys: Sequence[str] = ()
) -> list[str]:
    """What the screen shows once everything is estimated, and what after some keys."""
    shown: list[str] = []

    async def script() -> None:
        app = make_app(engine, "ann", codebook, lambda: NOW)
        async with app.run_test(size=(80, 24)) as pilot:
            drive = Driver(app, pilot, engine)
            by = Annotating(engine, "ann", codebook, lambda: NOW, agreement=estimate)
            app.push_screen(open_agreement(by))
            await pilot.pause()
            while any(worker.is_running for worker in app.workers):
                await pilot.pause()
            await pilot.pause()
            shown.append(drive.screen_text())
            await drive.press(*keys)
            shown.append(drive.screen_text())

    asyncio.run(script())
    return shown


def test_an_adjudicator_sees_figures_and_can_have_them_anew(
    engine: Engine, session: Session, codebook: Codebook
) -> None:
    assign(engine, session, "adjudicate")
    first, last = show(engine, codebook, results, ["r", "j", "space", "escape"])
    assert "1 sessions read by two or more" in first
    assert "0.50 [0.25, 0.75]" in first
    assert "annotator-1" not in last


def test_what_goes_wrong_in_the_figures_is_told(
    engine: Engine, session: Session, codebook: Codebook
) -> None:
    def refuse(_: Sequence[str]) -> AgreementResults:
        raise UserError("no figures today")

    assign(engine, session, "adjudicate")
    assert "no figures today" in show(engine, codebook, refuse)[0]


def test_an_annotator_is_told_why_it_does_not_open(
    engine: Engine, session: Session, codebook: Codebook
) -> None:
    assign(engine, session, "hindsight", "submitted")
    with pytest.raises(UserError, match="agreement is for adjudicators"):
        open_agreement(annotating(engine, codebook))
