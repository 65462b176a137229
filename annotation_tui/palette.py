"""The command palette: every action that applies on the screen, with the keys that it has."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen

from annotation_tui.key_table import bindings_of
from annotation_tui.keymap import apply_keymap, keymap_of, show_keys


@dataclass(frozen=True, slots=True)
class Offered:
    """An action of a screen, by the id under which its keys can be changed."""

    id: str
    keys: str
    words: str
    action: str
    node: DOMNode

    @property
    def line(self) -> str:
        """As the palette lists it."""
        return f"{self.words} · {show_keys(self.keys)}"

    @property
    def binding(self) -> Binding:
        """As the help lists it."""
        return Binding(self.keys, self.action, tooltip=self.words, id=self.id)


def live_actions(screen: Screen[object]) -> tuple[Offered, ...]:
    """What can be done now, in the order in which the screen binds it."""
    found: dict[str, Offered] = {}
    for binding in apply_keymap(bindings_of(type(screen)), keymap_of(screen.app)):
        # Also where the focused widget, such as a table, takes the key and says so to the screen.
        if binding.id and screen.check_action(binding.action.partition("(")[0], ()):
            words = binding.tooltip or binding.description
            found[binding.id] = Offered(binding.id, binding.key, words, binding.action, screen)
    for key, active in screen.active_bindings.items():
        binding = active.binding
        if not binding.id or not active.enabled:
            continue
        keys = key
        if binding.id in found:
            keys = ",".join(dict.fromkeys([*found[binding.id].keys.split(","), key]))
        words = active.tooltip or binding.description
        found[binding.id] = Offered(binding.id, keys, words, binding.action, active.node)
    own = {one.action.removeprefix("app.") for one in found.values() if one.node is screen}
    return tuple(one for one in found.values() if one.node is screen or one.action not in own)


class ActionProvider(Provider):
    """Finds the actions of the screen below the palette."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for offered in self._offered():
            yield DiscoveryHit(Content(offered.line), partial(self._run, offered))

    async def search(self, query: str) -> Hits:
        """Those whose words match."""
        matcher = self.matcher(query)
        for offered in self._offered():
            score = matcher.match(offered.line)
            if score > 0:
                yield Hit(score, matcher.highlight(offered.line), partial(self._run, offered))

    def _offered(self) -> Iterator[Offered]:
        return (
            offered
            for offered in live_actions(self.screen)
            if offered.action not in {"command_palette", "app.command_palette"}
        )

    async def _run(self, offered: Offered) -> None:
        app: App[object] = self.app
        await app.run_action(offered.action, offered.node)
