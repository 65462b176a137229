"""The annotation tool: screens put together, and a clean end whatever ends it.

Cannot reach a model, a proposal or a verdict: those who annotate stay blind.
"""

import gc
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from textual import events, on
from textual.app import App

from annotation_tui.desk import Annotating
from annotation_tui.endings import Endings
from annotation_tui.form import form_fields
from annotation_tui.messages import NextWanted
from annotation_tui.modes import Working, open_screen
from annotation_tui.screens.queue import QueueScreen
from annotation_tui.shell import Setup, Shell
from taste.agreement_results import AgreementResults
from taste.assigning.queue import find_latest, find_next, find_refusal
from taste.assignment_tables import Assignment
from transcripts.annotators import find_annotator
from transcripts.codebook import Codebook
from transcripts.db import Db, keep_few_pages
from transcripts.errors import UserError


class AnnotationApp(Shell):
    """Opens sessions for one annotator and remembers where each was left."""

    CSS_PATH = "style.tcss"
    TITLE = "taste annotate"
    ALLOW_SELECT = False

    def __init__(self, by: Annotating, setup: Setup) -> None:
        super().__init__(setup, by.now)
        self._by = by
        self._frozen = False

    def get_default_screen(self) -> QueueScreen:
        """Home."""
        return QueueScreen(self._by)

    def on_mount(self) -> None:
        """Take signals as a wish to leave, so that a closed terminal loses nothing."""
        self._endings = Endings(self._leave, last_resort=not self.is_headless)
        self._endings.take()

    def on_unmount(self) -> None:
        """Leave the process as it was."""
        self._endings.give_back()
        gc.unfreeze()

    def on_key(self, event: events.Key) -> None:
        """Ask the screen before the bindings are asked."""
        if isinstance(self.screen, Working) and self.screen.take_key(event):
            event.stop()
            event.prevent_default()

    def on_ready(self) -> None:
        """Go on with the last assignment, if that is asked for."""
        by = self._by
        latest = find_latest(by.engine, by.annotator) if self.setup.resume else None
        if latest is not None:
            refusal = find_refusal(by.engine, latest.session_id, by.now().date())
            self._home.refuse(refusal) if refusal else self._open(latest)

    @on(NextWanted)
    def _next_wanted(self, message: NextWanted) -> None:
        by = self._by
        following = find_next(by.engine, by.annotator, by.now(), message.after)
        if following is None:
            self._home.refuse("nothing else in the queue is to be done.")
        else:
            self._open(following)

    @on(QueueScreen.Opened)
    def _opened(self, message: QueueScreen.Opened) -> None:
        self._open(message.assignment)

    def _open(self, assignment: Assignment) -> None:
        # Left-over screens go now; then what stays is set aside, since a collector that walks
        # the index of a long session would hold up a key for a tenth of a second. At first there
        # is nothing left over, and what was imported is not walked.
        if self._frozen:
            gc.unfreeze()
            gc.collect()
        try:
            screen = open_screen(self._by, assignment)
        except (UserError, SQLAlchemyError) as error:
            self._home.refuse(str(getattr(error, "orig", None) or error))
            return
        self.push_screen(screen)
        gc.freeze()
        self._frozen = True

    @property
    def _home(self) -> QueueScreen:
        home = self.screen_stack[0]
        assert isinstance(home, QueueScreen)
        return home

    def _leave(self, code: int) -> None:
        self._save()
        self.exit(return_code=code)

    async def action_quit(self) -> None:
        """Leave; everything is saved, and what is held is given back."""
        self._save()
        self.exit()

    def _save(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Working):
                screen.save()


def make_app(
    engine: Engine,
    annotator: str,
    codebook: Codebook,
    now: Callable[[], datetime],
    setup: Setup | None = None,
    agreement: Callable[[Sequence[str]], AgreementResults] | None = None,
) -> App[None]:
    """Build the annotation tool for one annotator; `.run()` starts it.

    Args:
        engine: of the database.
        annotator: their name.
        codebook: by which they label.
        now: the clock.
        setup: their own keys, settings and guidelines.
        agreement: estimates how far annotators agree on some sessions; shown to adjudicators.

    Raises:
        UserError: if the codebook has more values than the form has keys.
    """
    for kind in codebook.types:
        form_fields(codebook, kind)
    with Db(engine) as db:
        keep_few_pages(db)
        known = find_annotator(db, annotator)
        annotator = known.name if known is not None else annotator
    setup = setup or Setup()
    own = setup.guidelines.extra if setup.guidelines else ""
    by = Annotating(engine, annotator, codebook, now, own_guidelines=own, agreement=agreement)
    return AnnotationApp(by, setup)
