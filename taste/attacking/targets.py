"""What is attacked: comparisons of a study's run, each with the verdict that it had before.

The draw is recorded: the study's seed and the set's hash determine it, and what was once attacked
stays drawn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from taste.attacks.corpus import Place
from taste.identity import identity
from taste.probe_tables import AttackVerdict
from taste.requests import prompt_hash
from taste.sets import get_set
from taste.study import Study
from taste.tables import Comparison, Item, ItemSet, Restatement, Run, Trial, TrialVerdict, Verdict
from transcripts.db import Db

SCORED = ("first", "second", "tie")


@dataclass(frozen=True, slots=True)
class Target:
    """A comparison that is attacked, and what one judge said of it before."""

    item: Item
    comparison: Comparison
    human: Restatement
    proposed: Restatement
    judge: str
    plain: str

    @property
    def source(self) -> dict[str, Any]:
        """What a request about it is built from, for its call's row."""
        return {
            "human": self.human.identity,
            "proposed": self.proposed.identity,
            "order": self.comparison.order,
            "plain": self.plain,
        }

    @property
    def place(self) -> Place:
        """Where the attacked move stands: the one that lost, or the second of a tie."""
        return "first" if self.plain == "second" else "second"

    @property
    def whose(self) -> str:
        """Whose move is attacked."""
        other = "proposal" if self.comparison.order == "human" else "human"
        return self.comparison.order if self.place == "first" else other

    @property
    def attacked(self) -> Restatement:
        """The move that the attacks speak for."""
        return self.human if self.whose == "human" else self.proposed

    def shown(self, attacked: str) -> dict[str, str]:
        """Both moves as a judge meets them, with other words for the attacked one."""
        other = self.proposed if self.whose == "human" else self.human
        moves = (attacked, other.move or "")
        first, second = moves if self.place == "first" else (moves[1], moves[0])
        return {"first": first, "second": second}


@dataclass(frozen=True, slots=True)
class Drawn:
    """The targets, and in words what could not be drawn."""

    targets: tuple[Target, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A comparison of one item, with what the judges said of it."""

    item: Item
    comparison: Comparison
    trial: Trial
    verdicts: dict[str, str]

    @property
    def name(self) -> tuple[str, int, str]:
        """What tells it from the item's other comparisons."""
        return self.trial.arm, self.trial.repeat, self.comparison.order


def draw_targets(db: Db, study: Study, run: Run, attack_run_id: int | None, items: int) -> Drawn:
    """Draw so many items of each set of a study's run, and for every judge one comparison of each.

    Args:
        db: The database.
        study: The study, whose proposers' moves are compared.
        run: The run that the plain verdicts are taken from.
        attack_run_id: The run of the attacks; what it has attacked is drawn before anything else.
        items: Most items of a set.
    """
    before = set(
        db.exec(
            select(AttackVerdict.comparison_id).where(AttackVerdict.run_id == attack_run_id)
        ).all()
    )
    targets: list[Target] = []
    missing: list[str] = []
    for name in study.sets:
        item_set = get_set(db, name)
        known = _read_plain(db, study, run, item_set, before)
        drawn = list(known.values())[:items]
        if len(drawn) < items:
            missing.append(f"{name}: {len(drawn)} of {items} items have a plain verdict")
        targets += [target for plains in drawn for target in _targets(db, study, plains)]
    for judge in study.judges:
        if not any(target.judge == judge.name for target in targets):
            missing.append(f"{judge.name}: no verdict of its own under view full to start from")
    return Drawn(tuple(targets), tuple(missing))


def _read_plain(
    db: Db, study: Study, run: Run, item_set: ItemSet, before: set[int]
) -> dict[int, list[_Plain]]:
    """Items with the comparisons that a judge has judged, both in the order of the draw."""
    found: dict[int, _Plain] = {}
    for item, comparison, trial, verdict in db.exec(_query(study, run, item_set)):
        assert comparison.id is not None
        plain = found.setdefault(comparison.id, _Plain(item, comparison, trial, {}))
        plain.verdicts[verdict.judge] = verdict.verdict

    def place(plain: _Plain) -> tuple[bool, str]:
        drawn = identity("attack", study.seed, item_set.digest, plain.item.number, plain.name)
        return plain.comparison.id not in before, drawn

    def place_item(plains: list[_Plain]) -> tuple[bool, str]:
        attacked = any(plain.comparison.id in before for plain in plains)
        drawn = identity("attack", study.seed, item_set.digest, plains[0].item.number)
        return not attacked, drawn

    items: dict[int, list[_Plain]] = {}
    for plain in sorted(found.values(), key=place):
        items.setdefault(plain.item.number, []).append(plain)
    return dict(sorted(items.items(), key=lambda entry: place_item(entry[1])))


def _query(study: Study, run: Run, item_set: ItemSet) -> Any:
    """First samples of the headline's condition on the moves of proposers."""
    return (
        select(Item, Comparison, Trial, Verdict)
        .join(Trial, col(Trial.item_id) == col(Item.id))
        .join(TrialVerdict, col(TrialVerdict.trial_id) == col(Trial.id))
        .join(Verdict, col(Verdict.id) == col(TrialVerdict.verdict_id))
        .join(Comparison, col(Comparison.id) == col(Verdict.comparison_id))
        .where(
            Trial.run_id == run.id,
            Item.set_id == item_set.id,
            col(Trial.arm).in_([seat.name for seat in study.proposers]),
            col(Verdict.judge).in_([seat.name for seat in study.judges]),
            col(Verdict.verdict).in_(SCORED),
            Verdict.view == "full",
            Verdict.form == "restated",
            Verdict.provenance == "blind",
            Verdict.prompt == "standard",
            Verdict.sample == 1,
            Verdict.prompt_hash == prompt_hash("judge"),
        )
        .order_by(col(Trial.id))
    )


def _targets(db: Db, study: Study, plains: Iterable[_Plain]) -> Iterator[Target]:
    """For each judge the first comparison of an item that it has judged."""
    plains = list(plains)
    for judge in study.judges:
        plain = next((one for one in plains if judge.name in one.verdicts), None)
        if plain is None:
            continue
        comparison = plain.comparison
        yield Target(
            plain.item,
            comparison,
            db.get_one(Restatement, comparison.human_id),
            db.get_one(Restatement, comparison.proposed_id),
            judge.name,
            plain.verdicts[judge.name],
        )
