"""What holds on every screen: keys by id, palette, help, guidelines, settings, time, a last report.

Knows no session and no label; a screen that is watched says what it shows.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, TextArea

from annotation_tui.clock import BUCKET, Clock, View
from annotation_tui.crash import EXIT_CODE, render_crash, write_crash
from annotation_tui.glyphs import AsciiFilter
from annotation_tui.palette import ActionProvider, live_actions
from annotation_tui.screens.guide import Guide
from annotation_tui.screens.notices import PauseScreen, TooSmall
from annotation_tui.screens.settings import SettingsScreen
from annotation_tui.settings import Settings, write_settings
from annotation_tui.themes import THEMES, is_ansi, register_themes
from annotation_tui.widgets.guidelines import GuidelinesPanel, GuidelinesScreen
from transcripts.codebook import read_codebook
from transcripts.errors import UserError
from transcripts.guidelines import Guidelines

SMALLEST = (60, 20)
"""Columns and rows below which only a notice is shown."""

BESIDE = 100
"""Columns from which on the guidelines stand beside the text."""


@runtime_checkable
class Watched(Protocol):
    """A screen on which somebody works on an assignment."""

    def in_view(self) -> View | None:
        """What of which assignment is in view; none while it is read only."""


@runtime_checkable
class OnTopic(Protocol):
    """A screen that knows which definition is asked about."""

    def guideline_topic(self) -> str | None:
        """Name of the section, such as a type."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the command line and an annotator's folder say about the tool itself."""

    keymap: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    home: Path | None = None
    """Where settings and reports of errors are kept; none: nowhere."""
    guidelines: Guidelines | None = None
    resume: bool = False
    """Whether to go on at once with the assignment that was open last."""
    monotonic: Callable[[], float] = time.monotonic


class Shell(App[None]):
    """An app with what every screen has."""

    COMMANDS = {ActionProvider}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", tooltip="These keys", id="tool.help"),
        Binding("f2", "guidelines", tooltip="Guidelines, at the chosen type", id="tool.guidelines"),
        Binding("f3", "settings", tooltip="Settings", id="tool.settings"),
        Binding("p", "pause", tooltip="Pause; no time counts", id="tool.pause"),
        Binding("ctrl+p", "command_palette", tooltip="Every action", id="tool.palette"),
        Binding("ctrl+q", "quit", tooltip="Leave the tool; all is saved", id="tool.quit"),
    ]

    def __init__(self, setup: Setup, now: Callable[[], datetime]) -> None:
        theme = THEMES[setup.settings.theme]
        if is_ansi(theme):
            # Before the filters are chosen: with NO_COLOR they would paint black on black.
            self.set_reactive(App.theme, theme)
        super().__init__()
        register_themes(self)
        self.theme = theme
        self.animation_level = "none"
        self.setup = setup
        self.settings = setup.settings
        self.keymap = setup.keymap
        self.set_keymap(dict(setup.keymap))
        self.clock = Clock(timing=setup.settings.timing)
        self._shell_now = now
        self._ascii = AsciiFilter(enabled=setup.settings.ascii)
        self._filters.append(self._ascii)
        self._report = ""

    def on_mount(self) -> None:
        """Start to look once a second."""
        self.clock.touch(self.setup.monotonic())
        self.set_interval(BUCKET, self._tick)

    def on_unmount(self) -> None:
        """Store what was counted last."""
        self._try_clock(self.clock.flush)

    def get_css_variables(self) -> dict[str, str]:
        """The theme's, and the sizes of panels."""
        settings = getattr(self, "settings", Settings())
        return super().get_css_variables() | {
            "outline-width": str(settings.outline),
            "guidelines-width": str(settings.guidelines),
        }

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Nothing blinks: it distracts for hours, and over ssh it is traffic."""
        if isinstance(event.widget, Input | TextArea):
            event.widget.cursor_blink = False

    # Time

    async def on_event(self, event: events.Event) -> None:
        """See that somebody is there, never what they press."""
        if isinstance(event, events.InputEvent):
            self.clock.touch(self.setup.monotonic())
        await super().on_event(event)

    def on_app_focus(self) -> None:
        """The terminal has the focus again."""
        self.clock.focus(has=True)

    def on_app_blur(self) -> None:
        """Another window has it; what was counted is stored."""
        self.clock.focus(has=False)

    def store_time(self) -> None:
        """Store what was counted by now, such as before what it was spent on is handed in."""
        self._try_clock(self.clock.flush)

    def _tick(self) -> None:
        self._try_clock(
            lambda: self.clock.tick(self._view(), self.setup.monotonic(), self._shell_now())
        )
        limit = self.settings.pause_after * 60
        if limit and self.clock.active >= limit:
            self.clock.active = 0.0
            self.notify(f"{self.settings.pause_after} active minutes: a good time for a pause.")

    @staticmethod
    def _try_clock(store: Callable[[], None]) -> None:
        """A database or lease that is gone is told where a label cannot be stored, not here."""
        with suppress(SQLAlchemyError, UserError):
            store()

    def _view(self) -> View | None:
        covered = False
        for screen in reversed(self.screen_stack):
            if screen.is_mounted and isinstance(screen, Watched):
                view = screen.in_view()
                return view.met(_NOTHING) if view and covered else view
            covered = True
        return None

    def action_pause(self) -> None:
        """Stop the clock until a key."""
        self._try_clock(self.clock.flush)
        self.clock.paused = True
        self.push_screen(PauseScreen(int(self.clock.active // 60)), self._go_on)

    def _go_on(self, _result: None) -> None:
        self.clock.paused = False

    # Help, guidelines, settings

    def action_help(self) -> None:
        """Show the keys of the screen as they are now."""
        name = type(self.screen).__name__.removesuffix("Screen").casefold()
        bindings = [offered.binding for offered in live_actions(self.screen)]
        notes = getattr(self.screen, "notes", "")
        self.push_screen(Guide(name, bindings, f"{notes}\n\n{TIME_IS_KEPT}".lstrip()))

    def action_guidelines(self) -> None:
        """Show the guidelines beside the text, or put them away."""
        open_ones = self.screen.query(GuidelinesPanel)
        if open_ones:
            open_ones.remove()
            return
        topic = self.screen.guideline_topic() if isinstance(self.screen, OnTopic) else None
        panel = GuidelinesPanel(self.setup.guidelines or Guidelines(read_codebook()), topic)
        beside = self.screen.query("#texts").results(Horizontal)
        place = next(iter(beside), None)
        if place is not None and self.size.width >= BESIDE:
            place.mount(panel)
            panel.focus()
        else:
            self.push_screen(GuidelinesScreen(panel))

    def action_settings(self) -> None:
        """Show the settings."""
        self.push_screen(SettingsScreen(self.settings, self._take_settings))

    def _take_settings(self, settings: Settings) -> str | None:
        said = None
        theme = THEMES[settings.theme]
        if self.no_color and is_ansi(theme) != is_ansi(self.theme):
            said = "NO_COLOR is set: this theme is stored, and used from the next start."
        elif theme != self.theme:
            self.theme = theme
        self.settings = settings
        self._try_clock(self.clock.flush)
        self.clock.timing = settings.timing
        self._ascii.enabled = settings.ascii
        self.refresh_css(animate=False)
        self.screen.refresh()
        if self.setup.home is None:
            return said
        try:
            write_settings(self.setup.home, settings)
        except OSError as error:
            return f"used, not stored: {error.strerror}."
        return said

    # Sizes and ends

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the terminal is too small."""
        small = event.size.width < SMALLEST[0] or event.size.height < SMALLEST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif shown and not small:
            self.pop_screen()

    def _handle_exception(self, error: Exception) -> None:
        if not self._report:
            self._report = self._write_report(error)
        super()._handle_exception(error)
        self._return_code = EXIT_CODE

    def _fatal_error(self) -> None:
        """End without Textual's traceback, which shows values of variables."""
        self._exit_renderables[:] = [Text(self._report)]
        self._close_messages_no_wait()

    def _write_report(self, error: Exception) -> str:
        now = self._shell_now()
        try:
            text = render_crash(error, type(self.screen).__name__, now)
            path = write_crash(self._crashes(), text, now)
        except Exception as fault:  # whatever ails the report, the end stays clean
            return (
                f"taste annotate ended by an error ({type(error).__name__}); no report could be "
                f"written ({type(fault).__name__}). {_SAVED}"
            )
        return (
            f"taste annotate ended by an error of its own. {_SAVED}\n"
            f"The report has no text of a session: {path}"
        )

    def _crashes(self) -> Path:
        return (self.setup.home or Path.home() / ".config" / "taste") / "crashes"


def _keep_nothing(_stretch: Any) -> None:
    """For a view of nothing."""


_NOTHING = View(assignment=-1, first=0, last=-1, add=_keep_nothing)

_SAVED = "All but what was marked as not saved is saved; start it again."

TIME_IS_KEPT = (
    "Time: while this terminal has the focus and a key was pressed within two minutes, the tool "
    "counts active seconds for the assignment and the open point, and keeps which events were "
    "in view for a second or more. It never keeps which key was pressed when. `timing` in the "
    "settings: coarse (default; times to the hour), full (to the second), off (nothing)."
)
"""What the help discloses."""
