"""Who judges whom: rates by the families of judge, proposer and agent."""

from types import SimpleNamespace
from typing import Any

from analysis.figures.findings import OWN_FAMILY

AGENTS = ["red", "blue", "blue"]


def rows(lab: SimpleNamespace, **more: Any) -> list[dict[str, Any]]:
    """`j` of family red gives red models all, and `k` of unknown family nothing to anybody."""
    return list(
        lab.update(
            lab.rows({"strong": {"late": 0.5, "early": 0.5, "stock": 0.5}}, items=24, judges="jk"),
            judge_family=lambda r: "red" if r["judge"] == "j" else None,
            proposer_family=lambda r: {"late": "red", "early": "blue"}.get(r["arm"]),
            agent_family=lambda r: AGENTS[r["item"] % 3],
            score=lambda r: float(r["judge"] == "j" and r["arm"] == "late"),
            **more,
        )
    )


def test_every_family_meets_every_other(lab: SimpleNamespace) -> None:
    figures = lab.estimate(rows(lab))
    found = {
        (one.against, one.arm, one.name.removeprefix("win rate, agent of ")): one
        for one in figures.of("judges")
        if "agent of" in one.name
    }
    assert {key: (one.value, one.extra["items"]) for key, one in found.items()} == {
        (judge, model, agent): (float(judge == model == "red"), {"red": 8, "blue": 16}[agent])
        for judge in ("red", "unknown family")
        for model in ("red", "blue")
        for agent in ("red", "blue")
    }
    assert {key for key, one in found.items() if OWN_FAMILY in one.note} == {
        ("red", "red", "red"), ("red", "red", "blue")
    }  # fmt: skip


def test_too_few_items_are_counted_and_not_told(lab: SimpleNamespace) -> None:
    given = lab.update(rows(lab), agent_family=lambda r: "red" if r["item"] < 5 else "blue")
    found = lab.find(lab.estimate(given), "win rate, agent of red")
    assert {(one.value, one.note.split("; ")[-1], one.extra["items"]) for one in found} == {
        (None, "fewer than 5 items", 4)
    }


def test_without_families_there_is_no_table(lab: SimpleNamespace) -> None:
    figures = lab.estimate(lab.rows(judges="jk"))
    assert not [one for one in figures.findings if "agent of" in one.name]
