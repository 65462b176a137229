"""What of a session is shown: all, what a filter lets through, or the skim view."""

from annotation_tui.filters import Filter, Own, count_shows, count_tools, pass_filter
from annotation_tui.layout import Order, Spot
from annotation_tui.screens.filter_menu import FilterMenu, Offer
from annotation_tui.screens.searching import Searching
from annotation_tui.skim import skim
from transcripts.errors import UserError

ALL = "all"
SKIM = "skim"


class Ordering(Searching):
    """The filter menu and the skim view; the cursor stays on its event, or near it."""

    def _prepare(self) -> None:
        super()._prepare()
        self._filter = Filter()
        self._view = ALL
        self._opened: set[int] = set()
        """Events whose gap is open in the skim view."""
        self._left: tuple[Spot, Spot] | None = None
        """Where the cursor was before its event was hidden, and where it was put."""

    def _view_words(self) -> str:
        index, order = self.desk.document.index, self.desk.document.order
        if self._view == SKIM:
            return f"skim: {len(order.events) - len(order.gaps):,} of {len(index.rows):,}"
        if self._filter:
            return f"only {self._filter.describe()}: {len(order.events):,} of {len(index.rows):,}"
        return ""

    def _own(self) -> Own:
        """Marks and bookmarks; whoever knows what was in view says that too."""
        return Own({*self._transcript.letters, *self._transcript.bookmarks})

    def _order(self) -> Order:
        index = self.desk.document.index
        if self._view == SKIM:
            return skim(index, self._opened)
        if self._filter:
            return Order(pass_filter(index, self._filter, self._own()))
        return Order(range(len(index.rows)))

    def _show_order(self) -> None:
        """Show what is chosen; where its event comes back, the cursor does too."""
        before = self.place
        if self._left is not None and self._left[1] == before:
            before = self._left[0]
        self._transcript.show(self._order(), before)
        self._left = None if self.place == before else (before, self.place)
        self._show_place()

    def _reveal(self, event: int) -> None:
        heights = self.desk.document.heights
        if not len(heights) or heights.shows(event):
            return
        if self._view == SKIM and heights.gap_of(event) is not None:
            self._opened.add(event)
        else:
            self._filter, self._view = Filter(), ALL
        self._show_order()

    # Filters

    def action_filter(self) -> None:
        """Choose what is shown."""
        index = self.desk.document.index
        offer = Offer(count_shows(index, self._own()), count_tools(index), self._filter)
        self.app.push_screen(FilterMenu(offer), self._filtered)

    def _filtered(self, chosen: Filter | None) -> None:
        if chosen is not None:
            self.choose_filter(chosen)

    def choose_filter(self, chosen: Filter) -> bool:
        """Show what a filter lets through; one that lets nothing through changes nothing."""
        if chosen and not pass_filter(self.desk.document.index, chosen, self._own()):
            self._status.tell(f"no event is {chosen.describe()}; the filter is as it was.")
            return False
        self._filter, self._view = chosen, ALL
        self._show_order()
        return True

    def action_clear_filter(self) -> None:
        """Show everything again."""
        self.choose_filter(Filter())

    # The skim view

    def action_skim(self) -> None:
        """Show human acts and what the agent said before them, or everything again."""
        self._view = ALL if self._view == SKIM else SKIM
        self._opened.clear()
        self._show_order()

    def _open_gap(self) -> bool:
        """Open the gap under the cursor; False where there is none."""
        if self.desk.document.gap(self._event) is None:
            return False
        self._opened.add(self._event)
        self._show_order()
        return True

    def _refuse_empty(self) -> None:
        """Refuse to do something with an event where there is none.

        Raises:
            UserError: if there is no event, or a gap stands here.
        """
        if self._event_id is None or self.desk.document.gap(self._event) is not None:
            raise UserError("no event here; enter opens the gap.")
