"""The codebook: which kinds, types and values an annotator may choose, with definitions."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from transcripts.errors import UserError

CHOICES = (
    "attribution",
    "knowable",
    "recognised_by",
    "recovery",
    "initiator",
    "basis",
    "human_move_source",
)
"""Fields whose values the codebook lists."""


class Codebook(BaseModel):
    """A version of the codebook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    types: Mapping[str, Mapping[str, str]]
    """Kind → type → definition; a kind without types takes none."""
    attribution: tuple[str, ...]
    knowable: tuple[str, ...]
    recognised_by: tuple[str, ...]
    recovery: tuple[str, ...]
    initiator: tuple[str, ...]
    basis: tuple[str, ...]
    human_move_source: tuple[str, ...]
    harm: Mapping[int, str]
    confidence: Mapping[int, str]

    def fault(self, values: Mapping[str, Any]) -> str | None:
        """Say which of an annotation's values the codebook does not know, if one."""
        kind = values.get("kind")
        if kind not in self.types:
            return f"kind {kind!r} is not one of {', '.join(self.types)}"
        if values.get("type") not in (None, *self.types[str(kind)]):
            return f"type {values['type']!r} is not one of {', '.join(self.types[str(kind)])}"
        for name in CHOICES:
            allowed = getattr(self, name)
            if values.get(name) not in (None, *allowed):
                return f"{name} {values[name]!r} is not one of {', '.join(allowed)}"
        for name, scale in (("harm", self.harm), ("confidence", self.confidence)):
            if values.get(name) is not None and values[name] not in scale:
                return f"{name} {values[name]!r} is not one of {', '.join(map(str, scale))}"
        return None


def read_codebook(path: Path | None = None) -> Codebook:
    """Read a codebook file; without a path, the one that ships.

    Raises:
        UserError: if the file cannot be read or a key is wrong.
    """
    try:
        if path is None:
            text = files("transcripts").joinpath("codebook.toml").read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        return Codebook.model_validate(tomllib.loads(text))
    except OSError as error:
        raise UserError(f"cannot read the codebook {str(path)!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UserError(f"{str(path)!r} is not a valid codebook: {error}") from error
