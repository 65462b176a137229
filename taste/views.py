"""What a judge is shown beside the two moves, for each view. Pure."""

from dataclasses import dataclass

from taste.conditions import ON_A_DIGEST
from taste.keeping import Kept
from taste.points import PointText
from taste.seats import View
from taste.tables import Digest
from transcripts.rendering.text import text_hash

WRITTEN, LEAKY = "written", "leaky"
LEAKY_DIGEST = "leaky digest"


@dataclass(frozen=True, slots=True)
class Shown:
    """The texts of a view; None where it does not show one."""

    view: View
    shown: str | None = None
    aftermath: str | None = None
    digest: str | None = None
    taken: str | None = None

    @property
    def texts(self) -> dict[str, str | None]:
        """The texts by their names in a prompt."""
        return {
            "shown": self.shown,
            "aftermath": self.aftermath,
            "digest": self.digest,
            "taken": self.taken,
        }

    @property
    def hash(self) -> str:
        """sha256 of the view's name and of every text that it shows."""
        return _hashes.get((self.view, *self.texts.values()), self._hash)

    def _hash(self) -> str:
        hashes = [text_hash(text) if text is not None else "" for text in self.texts.values()]
        return text_hash("\0".join([self.view, *hashes]))


_hashes: Kept[str] = Kept()
"""View and its texts -> their hash."""


def show(text: PointText, view: View, digest: Digest | None) -> Shown:
    """Return what a view shows of a decision point.

    Raises:
        ValueError: the view rests on a digest, and there is none that may be shown.
    """
    prefix = text.prefix.text
    if view == "full":
        return Shown(view, prefix, aftermath=text.aftermath)
    if view == "prefix":
        return Shown(view, prefix)
    if view == "wording":
        return Shown(view)
    if digest is None or digest.outcome != WRITTEN or digest.text is None:
        raise ValueError(f"the view {view!r} needs a digest")
    taken = text.act if view == "digest_open" else None
    return Shown(view, prefix, digest=digest.text, taken=taken)


def view_fault(view: View, digest: Digest | None) -> str | None:
    """Why a view cannot be shown, where its digest is none that may be."""
    if view not in ON_A_DIGEST or (digest is not None and digest.outcome == WRITTEN):
        return None
    if digest is not None and digest.outcome == LEAKY:
        return LEAKY_DIGEST
    return f"no digest: {(digest.reason if digest else None) or 'no reason'}"
