"""The calls that a run's open trials still need, one by one, without building what they send.

What is there already is left out. A move that is not known yet is taken to have a usual length.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cache

from taste.conditions import ON_A_DIGEST, Condition
from taste.contexts import ContextKey, context_key
from taste.points import PointText
from taste.requests import Purpose, build_request
from taste.seats import ModelSeat, View

ALL = "every arm"
"""What the arms share: the human's restatement, digests, and writing what judges read to a cache,
which one call has to do, whichever arm it is for."""
MOVE_CHARS = 300
"""Length of a move that is not there yet."""
DIGEST_CHARS = 2_000
"""Length of a digest that is not written yet."""
_TEXTS = ("shown", "aftermath", "digest", "taken", "tail", "work", "act", "actor", "move",
          "restated", "first", "second", "labels")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call that is still to be made."""

    purpose: Purpose
    seat: ModelSeat
    what: tuple[str, str, str]
    """Arm, part (proposals and so on are `other`), name within it."""
    group: Hashable
    """Calls of one group share what stands before the cache breakpoint."""
    point: int
    """Decision point whose text it sends."""
    shared: int
    """Characters before the cache breakpoint."""
    own: int
    """Characters behind it."""
    shared_bytes: int
    context: ContextKey
    """Names what stands before the cache breakpoint, as a run does."""

    @property
    def bytes(self) -> int:
        """Most bytes of its prompt; what is not known yet takes four for each character."""
        return self.shared_bytes + 4 * self.own


@dataclass(frozen=True, slots=True)
class Text:
    """A text that calls share, by its length."""

    chars: int
    bytes: int


@dataclass(slots=True)
class Texts:
    """The texts of one item that calls share, measured once."""

    text: PointText
    _known: dict[str, Text] = field(default_factory=dict)

    def named(self, name: str) -> Text:
        """The shown text, aftermath, tail or act by length."""
        if name not in self._known:
            whole = self._read(name)
            self._known[name] = Text(len(whole), len(whole.encode()))
        return self._known[name]

    def _read(self, name: str) -> str:
        texts = {
            "shown": lambda: self.text.prefix.text,
            "aftermath": lambda: self.text.aftermath,
            "tail": lambda: self.text.tail,
            "act": lambda: self.text.act,
        }
        return texts[name]() if name in texts else ""

    def both(self) -> Text:
        """The whole session as shown: prefix and aftermath."""
        shown, after = self.named("shown"), self.named("aftermath")
        return Text(shown.chars + after.chars, shown.bytes + after.bytes)

    def of_view(self, view: View) -> Text:
        """What the calls of one view share."""
        if view == "wording":
            return Text(0, 0)
        if view == "full":
            return self.both()
        shown = self.named("shown")
        extra = DIGEST_CHARS if view in ON_A_DIGEST else 0
        return Text(shown.chars + extra, shown.bytes + 4 * extra)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Writes down the calls about one item."""

    texts: Texts
    item: int

    def call(
        self,
        purpose: Purpose,
        seat: ModelSeat,
        what: tuple[str, str, str],
        text: Text,
        own: int,
        view: View | None = None,
    ) -> PlannedCall:
        """One call: `own` are the characters that no other call sends."""
        before, after = frame(purpose)
        point = self.texts.text.point.id or 0
        context = context_key(point, seat, purpose, view)
        return PlannedCall(
            purpose, seat, what, (self.item, *context), point, text.chars + before, own + after,
            text.bytes + before, context,
        )  # fmt: skip


@cache
def frame(purpose: Purpose) -> tuple[int, int]:
    """Characters of a prompt's own words, before and behind the cache breakpoint."""
    texts: dict[str, object] = dict.fromkeys(_TEXTS, "")
    texts |= {"words": (0, 0), "labels": None}
    request = build_request(purpose, **texts)
    return len(request.context), len(request.question)


def name_condition(condition: Condition) -> str:
    """Return how a condition is called: its view, and what else it changes."""
    if condition.is_base:
        return f"view {condition.view}"
    for name, usual in (("form", "restated"), ("provenance", "blind"), ("prompt", "standard")):
        if getattr(condition, name) != usual:
            return f"{name} {getattr(condition, name)}"
    raise AssertionError("a condition differs from the base in something")
