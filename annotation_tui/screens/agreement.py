"""Agreement: how far annotators agree on the sessions that one adjudicates. Changes nothing.

The figures come from `analysis` through a function that the command line hands in; they are
estimated beside the screen, so that no key waits for them.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from annotation_tui.desk import Annotating
from annotation_tui.keymap import keys_of
from annotation_tui.screens.guide import Guide
from annotation_tui.widgets.status import KeyLine, StatusLine
from taste.adjudicating.access import agreement_sessions
from taste.agreement_results import AgreementResults
from taste.agreement_text import agreement_notes, agreement_tables
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

EVERY = 60.0
"""Seconds after which the figures are estimated anew."""
_HELP = """F1 and its chance level are counted on human acts, with labels so many acts (±) apart;
chance turns one annotator's marks around the session. `act`: what every human act was marked as,
nothing included. alpha is Krippendorff's, AC1 Gwet's; of ordered fields AC2, with quadratic
weights. Intervals are over lineages. Nobody's label is the truth here, and no name stands here.

"""


_key = keys_of("agreement")


KEYS = (
    _key("down", "j,down", "rows(1)", "Line down", "down"),
    _key("up", "k,up", "rows(-1)", "Line up", "up"),
    _key("page_down", "space,pagedown", "pages(1)", "Page down"),
    _key("page_up", "b,pageup", "pages(-1)", "Page up"),
    _key("again", "r", "again", "Estimate anew from the labels as they are now", "anew"),
    _key("help", "question_mark,f1", "help", "These keys, and what the figures are", "help"),
    _key("back", "escape,q", "back", "Back", "back"),
)


def open_agreement(by: Annotating) -> Screen[None]:
    """The screen of agreement.

    Raises:
        UserError: if this person is to stay blind to it, or nobody handed figures in.
    """
    if by.agreement is None:
        raise UserError("this way of starting the tool has no figures; see `taste agreement`.")
    with Db(by.engine) as db:
        agreement_sessions(db, by.annotator)
    return Agreement(by)


class Agreement(Screen[None]):
    """Tables of figures, estimated anew while the screen stands."""

    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)

    def __init__(self, by: Annotating) -> None:
        super().__init__()
        self._by = by

    def compose(self) -> ComposeResult:
        """Tables, status, keys."""
        with VerticalScroll(id="agreement"):
            yield Static(id="agreement-tables", markup=False)
        yield StatusLine()
        yield KeyLine(KEYS)

    def on_mount(self) -> None:
        """Estimate at once and then again and again."""
        self._scroll = self.query_one("#agreement", VerticalScroll)
        self.set_focus(self._scroll)
        self.action_again()
        self.set_interval(EVERY, self.action_again)

    def action_again(self) -> None:
        """Estimate in a thread; what is shown stays until there is something new."""
        self.query_one(StatusLine).tell("estimating …")
        self.run_worker(self._estimate, thread=True, exclusive=True, exit_on_error=False)

    def _estimate(self) -> AgreementResults:
        estimate = self._by.agreement
        assert estimate is not None
        with Db(self._by.engine) as db:
            sessions = agreement_sessions(db, self._by.annotator)
        return estimate(sessions)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what was estimated, or why nothing was."""
        status = self.query_one(StatusLine)
        if event.state == WorkerState.ERROR:
            status.tell(visible_controls(f"{event.worker.error}"), refused=True)
        elif event.state == WorkerState.SUCCESS and event.worker.result is not None:
            self.query_one("#agreement-tables", Static).update(_content(event.worker.result))
            status.tell(f"as of {self._by.now():%H:%M:%S}; labels as handed in. r estimates anew.")

    def action_rows(self, rows: int) -> None:
        """Scroll by rows."""
        self._scroll.scroll_relative(y=rows, animate=False)

    def action_pages(self, pages: int) -> None:
        """Scroll by pages."""
        self._scroll.scroll_relative(y=pages * self._scroll.size.height, animate=False)

    def action_help(self) -> None:
        """Show the keys and what the figures are."""
        self.app.push_screen(Guide("agreement", KEYS, _HELP))

    def action_back(self) -> None:
        """Leave."""
        self.dismiss()


def _content(results: AgreementResults) -> Content:
    """Every table and note as text."""
    lines: list[Content] = []
    for table in agreement_tables(results):
        lines += [Content.styled(table.title, "bold"), *map(Content, table.lines()), Content("")]
    lines += [Content(f"note: {note}") for note in agreement_notes(results)]
    return Content("\n").join(lines)
