"""Numbers-only bundles side by side: whether they may be pooled at all, and which arm is which.

A bundle stands for a laboratory. What differs in how figures were come by is refused by name;
what laboratories differ in by nature (people, sessions, labels) is left to the pool.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from analysis.figures.outline import CONTROLS
from analysis.pooling.instruments import ARM, DISPLAY, JUDGE, RESTATER, SET, STOCK, Instrument
from analysis.pooling.numbers import TRIALS, Numbers
from analysis.report.cells import safe
from transcripts.errors import UserError

Key = tuple[str, ...]
"""What tells an arm from every other, in all laboratories."""
HASH_CHARS = 8
"""Of a hash, as shown."""


@dataclass(frozen=True)
class Laboratory:
    """A bundle under the name that its figures are told by."""

    name: str
    numbers: Numbers

    def instruments(self, role: str) -> Iterator[Instrument]:
        """Yields those of a role."""
        return (each for each in self.numbers.instruments or () if each.role == role)

    @property
    def arms(self) -> dict[str, Key]:
        """Arm -> what it is: a model with its settings, whatever its name; a control by name."""
        arms = sorted({one.arm for one in self.numbers.figures.of("rates")})
        keys = {arm: self._key(arm) for arm in arms}
        counts = Counter(keys.values())
        return {arm: key if counts[key] == 1 else (*key, arm) for arm, key in keys.items()}

    def _key(self, arm: str) -> Key:
        used = sorted((i.model, i.settings) for i in self.instruments(ARM) if i.name == arm)
        if not used:
            return (arm,)
        return (_head(arm), *(part for pair in used for part in pair))


def name_laboratories(found: Sequence[Numbers]) -> tuple[Laboratory, ...]:
    """Returns the bundles by their files' names, or by their paths where names are alike."""
    stems = Counter(numbers.file.stem for numbers in found)
    return tuple(
        Laboratory(n.file.stem if stems[n.file.stem] == 1 else str(n.file), n) for n in found
    )


def check_laboratories(laboratories: Sequence[Laboratory]) -> None:
    """Refuses what cannot be pooled.

    Raises:
        UserError: naming two bundles and in what they differ, or what they share.
    """
    for one, other in combinations(laboratories, 2):
        if _trials_hash(one) == _trials_hash(other):
            raise UserError(f"{one.name!r} and {other.name!r} are the same bundle.")
    for one in laboratories:
        _check_whole(one)
    for one, other in combinations(laboratories, 2):
        _check_overlap(one, other)
    _check_simulated(laboratories)
    for what, read in _CONDITIONS.items():
        _check_alike(laboratories, what, read)
    _check_prompts(laboratories)
    _check_sets(laboratories)
    _check_actors(laboratories)


def _check_whole(one: Laboratory) -> None:
    """Refuses a bundle that does not say how it came by its figures, or has none."""
    if one.numbers.instruments is None:
        raise UserError(
            f"{one.name!r} does not say what its figures were made with: an earlier version "
            "wrote it. Export it again with `taste bundle export FILE --numbers-only`."
        )
    if one.numbers.figures.wanted not in one.numbers.table.filters:
        raise UserError(f"{one.name!r} has no verdict as the headline asks; finish its run.")


def _trials_hash(laboratory: Laboratory) -> object:
    return laboratory.numbers.head["members"].get(TRIALS)


def _check_overlap(one: Laboratory, other: Laboratory) -> None:
    mine, theirs = one.numbers, other.numbers
    shared = {
        "lineage": _values(mine, "lineage") & _values(theirs, "lineage"),
        "session": _sessions(mine) & _sessions(theirs),
        "place": mine.places & theirs.places,
    }
    found = [_count(len(values), what) for what, values in shared.items() if values]
    if found:
        raise UserError(
            f"{one.name!r} and {other.name!r} share recorded work ({', '.join(found)}): it would "
            "count twice. Leave one of them away, or export runs on sets without it."
        )


def _values(numbers: Numbers, column: str) -> set[object]:
    return set(numbers.table.frame[column].astype(object))


def _sessions(numbers: Numbers) -> set[object]:
    """A fork whose original was not imported has a lineage of its own, but names the original."""
    return _values(numbers, "session") | numbers.kin


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _check_simulated(laboratories: Sequence[Laboratory]) -> None:
    made = {one.numbers.figures.simulated: one for one in laboratories}
    if len(made) > 1:
        raise UserError(
            f"{made[True].name!r} is simulated and {made[False].name!r} is not: they are never "
            "pooled."
        )


def _display(laboratory: Laboratory) -> set[str]:
    return {f"display {each.settings[:HASH_CHARS]}" for each in laboratory.instruments(DISPLAY)}


def _stock(laboratory: Laboratory) -> set[str]:
    return {f"list {each.settings[:HASH_CHARS]}" for each in laboratory.instruments(STOCK)}


def _restater(laboratory: Laboratory) -> set[str]:
    return {_describe(each) for each in laboratory.instruments(RESTATER)}


def _judges(laboratory: Laboratory) -> set[str]:
    """The models behind the judges of the headline, each with its prompt and settings."""
    numbers = laboratory.numbers
    rows = numbers.table.choose(numbers.figures.wanted).frame
    prompts = set(rows["judge_prompt"].astype(object))
    return {
        _describe(each)
        for each in laboratory.instruments(JUDGE)
        if each.name in numbers.figures.outline.judges and each.prompt in prompts
    }


_CONDITIONS: Mapping[str, Callable[[Laboratory], set[str]]] = {
    "what is shown of a session": _display,
    "the restater": _restater,
    "the judges": _judges,
    "the list of stock moves": _stock,
}


def _check_alike(
    laboratories: Sequence[Laboratory], what: str, read: Callable[[Laboratory], set[str]]
) -> None:
    first, *others = laboratories
    for other in others:
        if (mine := read(first)) != (theirs := read(other)):
            raise UserError(
                f"{what}: {first.name!r} has {_list(mine)}, {other.name!r} has {_list(theirs)}. "
                "Figures that were come by otherwise are not pooled."
            )


def _list(values: set[str]) -> str:
    return safe(" and ".join(sorted(values))) or "none"


def _describe(each: Instrument) -> str:
    return (
        f"{each.model} (prompt {each.prompt[:HASH_CHARS]}, settings {each.settings[:HASH_CHARS]})"
    )


def _head(arm: str) -> str:
    head = arm.partition(":")[0]
    return head if head in CONTROLS else ""


def _check_prompts(laboratories: Sequence[Laboratory]) -> None:
    """Refuses arms of one kind that were asked by different prompts."""
    for head in ("", *CONTROLS):

        def prompts(one: Laboratory, head: str = head) -> set[str]:
            asked = (i for i in one.instruments(ARM) if _head(i.name) == head)
            return {f"prompt {each.prompt[:HASH_CHARS]}" for each in asked}

        with_arm = [one for one in laboratories if prompts(one)]
        if with_arm:
            _check_alike(with_arm, f"the prompt of {head or 'proposers'}", prompts)


def _check_sets(laboratories: Sequence[Laboratory]) -> None:
    """Refuses several sets of a kind: a number is all that would tell which belong together."""
    sets = {one.name: one.numbers.figures.outline.sets for one in laboratories}
    for kind in sorted({each.kind for found in sets.values() for each in found}):
        counts = Counter(name for name, found in sets.items() for one in found if one.kind == kind)
        name, most = counts.most_common(1)[0]
        if most > 1 and len(counts) > 1:
            raise UserError(
                f"{name!r} has {most} sets of the kind {kind!r}: a "
                "bundle numbers its sets, so nothing says which belongs with which of another "
                "laboratory. Export runs with one set of each kind."
            )


def _check_actors(laboratories: Sequence[Laboratory]) -> None:
    """Refuses to pool decisions of humans with decisions of agents."""
    for name in sorted({each.name for one in laboratories for each in one.instruments(SET)}):

        def actors(one: Laboratory, name: str = name) -> set[str]:
            return {f"{i.settings} decisions" for i in one.instruments(SET) if i.name == name}

        _check_alike([one for one in laboratories if actors(one)], f"the set {name!r}", actors)
