"""Every binding of the tool by screen, found where the screens define them.

A new screen is in the table by being a module of `annotation_tui.screens` or `.widgets`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, cast

from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

import annotation_tui.screens
import annotation_tui.widgets
from annotation_tui.keymap import EVERYWHERE, Screens


def find_bindings(tool: type[Any]) -> Screens:
    """The bindings of an app's class, and of each screen and widget of ours that has some."""
    found = {EVERYWHERE: bindings_of(tool)}
    for package in (annotation_tui.screens, annotation_tui.widgets):
        for module in iter_modules(package.__path__):
            loaded = import_module(f"{package.__name__}.{module.name}")
            for thing in vars(loaded).values():
                if isinstance(thing, type) and thing.__module__ == loaded.__name__:
                    _add(found, thing)
    return found


def _add(found: dict[str, tuple[Binding, ...]], kind: type) -> None:
    if issubclass(kind, Screen | Widget):
        bindings = bindings_of(kind)
        if bindings:
            found[kind.__name__] = bindings


def bindings_of(kind: type) -> tuple[Binding, ...]:
    """Bindings with an id, of a class and of those of ours that it is made from."""
    ours = [
        part
        for part in reversed(kind.__mro__)
        if part.__module__.startswith("annotation_tui.") and "BINDINGS" in vars(part)
    ]
    lists = [cast("list[Any]", vars(part)["BINDINGS"]) for part in ours]
    bindings = [item for listed in lists for item in listed if isinstance(item, Binding)]
    return tuple(dict.fromkeys(binding for binding in bindings if binding.id))
