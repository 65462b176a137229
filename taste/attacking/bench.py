"""What both kinds of attacks need: the study whose seats are attacked, and with what."""

from dataclasses import dataclass

from taste.attacks.corpus import Corpus
from taste.requests import build_request
from taste.seats import Judge
from taste.study import Study
from taste.tables import Run


@dataclass(frozen=True, slots=True)
class Bench:
    """A study's seats and the attacks on them, for one run."""

    study: Study
    run: Run
    corpus: Corpus
    question: str
    """The judge's own question, as an attack may repeat it."""

    @classmethod
    def of(cls, study: Study, run: Run, corpus: Corpus) -> "Bench":
        """The bench of a run; the question is asked about no moves."""
        unseen = dict.fromkeys(("digest", "taken", "labels"))
        request = build_request("judge", shown="", aftermath="", first="", second="", **unseen)
        return cls(study, run, corpus, request.question.strip())

    @property
    def run_id(self) -> int:
        """Row id of the run."""
        assert self.run.id is not None
        return self.run.id

    def judge(self, name: str) -> Judge:
        """The judge of that name."""
        return next(seat for seat in self.study.judges if seat.name == name)
