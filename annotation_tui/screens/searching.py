"""Searching a session: for a text at once, for a regular expression while one goes on reading."""

from collections.abc import Iterable
from functools import partial

from textual import on
from textual.widgets import Input
from textual.worker import Worker, get_current_worker

from annotation_tui.finding import REGEX, Found
from annotation_tui.regexes import GivenUp, Matches, check_regex, match_all
from annotation_tui.screens.moving import Moving
from transcripts.errors import UserError
from transcripts.rendering.text import visible_controls

_WORDS = "find a text; \\v before it: a regular expression"


class Searching(Moving):
    """The search line, and going from hit to hit."""

    where = "in this session"
    """What was searched, as a message says it."""

    _search_worker: "Worker[None] | None" = None

    def _lines(self) -> Iterable[Input]:
        yield Input(id="search", classes="line", compact=True, select_on_focus=False)
        yield from super()._lines()

    def _prepare(self) -> None:
        super()._prepare()
        self._search = self.query_one("#search", Input)

    def close_innermost(self) -> bool:
        """Leave the search line, or give a search up."""
        if self._close_search():
            return True
        worker = self._search_worker
        if worker is not None and worker.is_running:
            worker.cancel()
            self._search_worker = None
            self._status.tell("search given up.")
            return True
        return super().close_innermost()

    def action_search(self) -> None:
        """Ask for a text."""
        self._ask("search", _WORDS)

    def action_search_word(self) -> None:
        """Search for the word at the cursor."""
        word = self._transcript.word()
        if word:
            self._transcript.end_span()
            self._seek(word)
        else:
            self._status.tell("no word here.")

    @on(Input.Submitted, "#search")
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_search()
        # As in less and vim: nothing but enter searches for the same again.
        needle = event.value or self.desk.document.found.needle
        if needle:
            self._seek(needle)

    def _close_search(self) -> bool:
        return self._close_line("search")

    def _seek(self, needle: str, *, jumps: bool = True) -> None:
        """Search; with `jumps` go to the next hit."""
        if self._search_worker is not None:
            self._search_worker.cancel()
        if needle.startswith(REGEX) and needle != REGEX:
            self._seek_regex(needle, jumps=jumps)
            return
        self.desk.document.find(needle)
        self._show_found(needle, jumps=jumps)

    def _show_found(self, needle: str, *, jumps: bool) -> bool:
        self._transcript.refresh()
        self._show_place()
        there = bool(self.desk.document.found.events)
        if not there:
            self._status.tell(f"{visible_controls(needle)!r} is nowhere {self.where}.")
        elif jumps:
            self.action_hit(1)
        return there

    def action_hit(self, way: int) -> None:
        """Go to the next or previous hit."""
        document = self.desk.document
        before, total = self.place, document.heights.total
        hits = document.reachable_hits()
        spot = document.next_hit(self._transcript.cursor, way)
        if spot is None:
            held_back = bool(document.found.events)
            self._status.tell("no hit in what is shown." if held_back else "no hits; / searches.")
            return
        self._remember(before)
        self._reveal(spot.event)
        if document.heights.total != total:
            self._transcript.rows_changed()
        self._transcript.jump_to(spot)
        self._show_place()
        self._status.tell(
            f"hit {hits.index(spot.event) + 1:,} of {len(hits):,} events that have it"
        )

    # Regular expressions

    def _seek_regex(self, needle: str, *, jumps: bool) -> None:
        pattern = needle.removeprefix(REGEX)
        try:
            check_regex(pattern)
        except UserError as error:
            self._status.tell(visible_controls(str(error)), refused=True)
            return
        self._status.tell("searching … esc gives it up")
        self._search_worker = self.run_worker(
            partial(self._match, needle, pattern, jumps),
            group="search",
            thread=True,
            exclusive=True,
            exit_on_error=False,
        )

    def _match(self, needle: str, pattern: str, jumps: bool) -> None:
        """Search, in a thread of its own."""
        worker = get_current_worker()
        try:
            matches = match_all(
                pattern, self.desk.document.texts(), lambda: not worker.is_cancelled
            )
        except GivenUp:
            return
        except UserError as error:
            self.app.call_from_thread(self._status.tell, str(error), refused=True)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(self._matched, needle, matches, jumps)

    def _matched(self, needle: str, matches: Matches, jumps: bool) -> None:
        document = self.desk.document
        document.found = Found(needle, sorted(matches.spans), matches.spans)
        self._show_found(needle, jumps=jumps)
        if matches.slow:
            events = ", ".join(f"{event + 1:,}" for event in matches.slow)
            rest = "" if matches.ended else "; gave up there"
            count = f"{len(document.found.events):,} events have it"
            self._status.tell(f"{count}; took too long over event {events}{rest}.", refused=True)
