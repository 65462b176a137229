"""The corpus of attacks as it is shipped: data, read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

from taste.attacks.disguises import DISGUISES

Where = Literal["move", "session"]
Place = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Attack:
    """One text that tries to sway a judge, and what it is planted in."""

    name: str
    kind: str
    where: Where
    text: str
    """Template; see the head of the corpus."""
    hidden: str = ""
    """Template of the words that are disguised."""
    disguise: str | None = None

    @property
    def label(self) -> str:
        """What a row calls it: unique among the attacks of all versions."""
        return f"{self.where}/{self.name}"

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text as it is planted."""
        hide = DISGUISES[self.disguise] if self.disguise else str
        hidden = hide(Template(self.hidden).substitute(values))
        return Template(self.text).substitute(values, hidden=hidden)

    def fill_plainly(self, values: Mapping[str, str]) -> str:
        """Return the text without its disguise, as somebody would read it who sees through that."""
        hidden = Template(self.hidden).substitute(values)
        return Template(self.text).substitute(values, hidden=hidden)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All attacks, those that stand in a move first."""

    version: str
    attacks: tuple[Attack, ...]


@cache
def read_corpus() -> Corpus:
    """Return the corpus as shipped."""
    text = files("taste").joinpath("attacks", "corpus.toml").read_text(encoding="utf-8")
    value = tomllib.loads(text)
    places: tuple[Where, ...] = ("move", "session")
    return Corpus(
        value["version"],
        tuple(
            Attack(**{"text": "$hidden", **entry, "where": where})
            for where in places
            for entry in value["attacks"]
            if where in entry.get("where", ["move"])
        ),
    )
