"""The guidelines that an annotator has beside the text, and the version that labels carry.

What is asked, where, in which order, with the definitions of the codebook in use.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from transcripts.codebook import Codebook
from transcripts.errors import UserError

_KINDS = "Which kind?"
"""The section after which the types stand."""


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the guidelines that one can jump to."""

    name: str
    """Such as `wrong_cause`; no two are the same unless two kinds share a type."""
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Guidelines:
    """A codebook with what is said about how to use it."""

    codebook: Codebook
    extra: str = ""
    """A team's own text."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """All of it, in the order in which an annotator decides."""
        found: list[Section] = []
        for section in _split(_shipped()):
            found.append(section)
            if section.title == _KINDS:
                found += _types(self.codebook)
        found += [
            _scale("harm", self.codebook.harm),
            _scale("confidence", self.codebook.confidence),
        ]
        return (*found, *_split(self.extra))

    @property
    def version(self) -> str:
        """Version of the codebook, and sha256 over all that the annotator could read."""
        return guidelines_version(self.codebook, self.extra)


def guidelines_version(codebook: Codebook, extra: str = "") -> str:
    """What is stored with a label: the codebook's version and the sha256 of the guidelines."""
    parts = (codebook.model_dump_json(), _shipped(), extra)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{codebook.version} sha256:{digest}"


def read_guidelines(codebook: Codebook, path: Path | None = None) -> Guidelines:
    """The guidelines, with a team's own text behind them if a file is named.

    Raises:
        UserError: if the file cannot be read.
    """
    if path is None:
        return Guidelines(codebook)
    try:
        return Guidelines(codebook, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read the guidelines {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the guidelines {str(path)!r} are not UTF-8 text.") from error


def _shipped() -> str:
    return files("transcripts").joinpath("guidelines.md").read_text(encoding="utf-8")


def _split(text: str) -> list[Section]:
    """Sections by their headings; what stands before the first has none."""
    found: list[Section] = []
    for number, part in enumerate(f"\n{text}".split("\n## ")):
        title, _, body = part.partition("\n") if number else ("", "", part)
        if title or body.strip():
            found.append(Section(title.strip().casefold(), title.strip(), body.strip()))
    return found


def _types(codebook: Codebook) -> list[Section]:
    found: list[Section] = []
    for kind, types in codebook.types.items():
        if types:
            found.append(Section(kind, f"{kind}: the first type that fits", ""))
        found += [Section(name, name, words) for name, words in types.items()]
    return found


def _scale(name: str, values: Mapping[int, str]) -> Section:
    lines = [f"{value}  {words}" for value, words in sorted(values.items())]
    return Section(name, name, "\n".join(lines))
