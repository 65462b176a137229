"""What an arm is called over laboratories that may each call it otherwise."""

from collections.abc import Sequence
from datetime import date

from analysis.pooling.laboratories import HASH_CHARS, Key, Laboratory


def name_arms(laboratories: Sequence[Laboratory]) -> dict[str, dict[str, str]]:
    """Returns what each arm is called, models by release first, and what laboratories call it."""
    by_key: dict[Key, dict[str, str]] = {}
    for one in laboratories:
        for arm, key in one.arms.items():
            by_key.setdefault(key, {})[one.name] = arm
    first = {key: _call(key, list(names.values())) for key, names in by_key.items()}
    taken = list(first.values())
    told = {
        key: name if taken.count(name) == 1 else f"{name} ({_describe(key)})"
        for key, name in first.items()
    }
    outlines = [one.numbers.figures.outline for one in laboratories]
    models = {model for outline in outlines for model in outline.models}
    released = {model: day for outline in outlines for model, day in outline.released.items()}

    def place(key: Key) -> tuple[bool, date, str]:
        return first[key] not in models, released.get(first[key], date.max), told[key]

    return {told[key]: by_key[key] for key in sorted(by_key, key=place)}


def _call(key: Key, names: Sequence[str]) -> str:
    """Returns what most laboratories call an arm; a control of a model is called after that.

    Bundles number such controls, each for itself.
    """
    head, *used = key
    if used and all(":" in name for name in names):
        return f"{head}:{used[0]}"
    return min(names, key=lambda name: (-names.count(name), name))


def _describe(key: Key) -> str:
    """Words for an arm whose name another arm has too: its models and their settings."""
    _, *used = key
    parts = zip(used[::2], used[1::2], strict=False)
    return ", ".join(f"{model}, settings {digest[:HASH_CHARS]}" for model, digest in parts) or "–"
