"""How a simulated judge comes to see a pair of moves: all that its reading depends on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taste.judging import Provenance
    from taste.seats import View


@dataclass(frozen=True, slots=True)
class Sight:
    """A condition, and what of the proposal's author can work on a judge that is not blind."""

    view: "View" = "full"
    provenance: "Provenance" = "blind"
    by_model: bool = False
    """A model wrote the proposal: a proposer, a placebo or the oracle; no other control."""
    own_family: bool = False
    """The model that wrote the proposal is of the judge's own family."""
    leaky: bool = False
    """The item's digest gives the human's move away; it matters under the view digest alone."""

    @property
    def knows_aftermath(self) -> bool:
        """Whether the view holds anything of what came after the cut."""
        return self.view in ("full", "digest", "digest_open")

    @property
    def tells_taken(self) -> bool:
        """Whether the view tells which of the two moves was taken."""
        return self.view in ("full", "digest_open") or (self.view == "digest" and self.leaky)
