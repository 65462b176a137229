"""`taste stats`: what it prints and as JSON, and what it says of a table that is none."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.published_counts import published_rate
from taste.demo.setup import study_text
from taste.plan import Plan

Taste = Callable[..., Any]
Rows = list[dict[str, Any]]
ORIGINAL = Path(__file__).parents[3] / "docs" / "examples" / "original.csv"


@pytest.fixture
def rows() -> Rows:
    rng = np.random.default_rng(5)
    return [
        {
            "set": kind, "item": f"{item:02d}", "arm": arm, "repeat": 1, "judge": "j",
            "order": order, "sample": 1, "score": float(rng.choice([0, 0.5, 1])),
            "lineage": f"L{item % 4}", "confidence": 1 + item % 5,
            "released": None if arm == "stock" else "2026-01-02",
        }
        for kind in ("suboptimal", "strong")
        for item in range(12)
        for arm in ("late", "early", "stock")
        for order in ("human", "proposal")
    ]  # fmt: skip


def write(folder: Path, rows: Rows, ending: str = ".csv") -> Path:
    file = folder / f"trials{ending}"
    if ending == ".parquet":
        pd.DataFrame(rows).to_parquet(file)
    elif ending == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        with file.open("w", encoding="utf-8", newline="") as text:
            table = csv.DictWriter(text, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    return file


def refuse_constant(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def read_json(said: Any) -> Any:
    assert (said.code, said.err) == (0, "")
    return json.loads(said.out, parse_constant=refuse_constant)


def test_a_table_prints_every_section(taste: Taste, folder: Path, rows: Rows) -> None:
    said = taste("stats", write(folder, rows))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("plan: primary family minus stock by CR2 t test; level 0.95;")
    headings = (
        "Win rates", "Against the null",
        "Between the sets", "Model against model", "Over all decisions", "The judges",
    )  # fmt: skip
    assert all(f"\n{heading}\n" in said.out for heading in headings)
    assert re.search(r"\n\d+ exploratory figures are not shown; --all shows them", said.out)


def test_all_shows_the_exploratory_figures(taste: Taste, folder: Path, rows: Rows) -> None:
    file = write(folder, rows)
    short, full = taste("stats", file).out, taste("stats", file, "--all").out
    assert "confidence 4 or more" in full
    assert "confidence 4 or more" not in short
    assert "exploratory figures are not shown" not in full


def test_json_holds_every_figure_with_the_same_keys(taste: Taste, folder: Path, rows: Rows) -> None:
    found = read_json(taste("stats", write(folder, rows), "--json"))
    assert set(found) == {
        "schema", "simulated", "sets", "models", "judges", "released", "plan", "plan_fixed",
        "first_verdict", "plan_note", "headline_rows", "notes", "alarms", "figures",
    }  # fmt: skip
    assert found["schema"] == 1
    assert {frozenset(one) for one in found["figures"]} == {
        frozenset((
            "section", "name", "role", "set", "arm", "against", "value", "estimate", "note",
            "extra",
        ))
    }  # fmt: skip
    assert {frozenset(one["estimate"]) for one in found["figures"] if one["estimate"]} == {
        frozenset((
            "value", "low", "high", "level", "method", "n", "clusters", "largest_share", "icc",
            "design_effect", "effective_n", "df", "p_value", "null", "warnings", "exclusions",
        ))
    }  # fmt: skip
    assert set(found["plan"]) == set(Plan.model_fields)


def test_json_holds_numbers_as_numbers_in_full(taste: Taste, folder: Path, rows: Rows) -> None:
    found = read_json(taste("stats", write(folder, rows), "--json"))
    for one in found["figures"]:
        texts = [v for v in one["extra"].values() if isinstance(v, str)]
        assert not any(re.fullmatch(r"-?[\d.]+(e-?\d+)?|True|False|nan", text) for text in texts)
        assert one["value"] is None or isinstance(one["value"], float)
    kept = [r for r in rows if (r["set"], r["arm"]) == ("strong", "late")]
    (rate,) = [
        one for one in found["figures"]
        if (one["name"], one["set"], one["arm"]) == ("win rate", "strong", "late")
    ]  # fmt: skip
    assert rate["value"] == pytest.approx(sum(r["score"] for r in kept) / 24, rel=1e-15)


@pytest.mark.needs_package("pyarrow")
def test_every_kind_of_file_in_any_order_gives_the_same_bytes(
    taste: Taste, folder: Path, rows: Rows
) -> None:
    found = {taste("stats", write(folder, rows, end), "--json").out
             for end in (".csv", ".jsonl", ".parquet")}  # fmt: skip
    mixed = [rows[n] for n in np.random.default_rng(1).permutation(len(rows))]
    found.add(taste("stats", write(folder, mixed), "--json").out)
    assert len(found) == 1


def test_lines_of_a_split_file_give_the_same_bytes(taste: Taste, folder: Path, rows: Rows) -> None:
    whole = taste("stats", write(folder, rows), "--json").out
    header, *lines = write(folder, rows).read_text().splitlines(keepends=True)
    joined = folder / "joined.csv"
    joined.write_text("".join([header, *lines[50:], *lines[:50]]))
    assert taste("stats", joined, "--json").out == whole


PLAN = """
[analysis]
primary = ["minus_half", "between_models"]
test = "sign_flip"
level = 0.9
margin = 0.1
draws = 1500
"""


def study_file(folder: Path) -> Path:
    text = study_text("http://127.0.0.1:1")
    head, _, rest = text.partition("[analysis]")
    after = rest[rest.index("\n[") :] if "\n[" in rest else ""
    file = folder / "study.toml"
    file.write_text(head.replace("simulated-late", "late") + after + PLAN, encoding="utf-8")
    return file


def test_a_study_gives_plan_dates_and_families(taste: Taste, folder: Path, rows: Rows) -> None:
    bare = [{k: v for k, v in row.items() if k != "released"} for row in rows]
    said = taste("stats", write(folder, bare), "--study", study_file(folder), "--json")
    found = read_json(said)
    assert found["plan"]["primary"] == ["minus_half", "between_models"]
    assert (found["plan"]["level"], found["plan"]["margin"]) == (0.9, 0.1)
    assert found["released"] == {"late": "2026-10-01"}
    family = [one for one in found["figures"] if "p_adjusted" in one["extra"]]
    assert [one["name"] for one in family] == ["minus half"] * 2 + ["model minus model"]
    assert all(one["extra"]["p_by"] == "sign_flip" for one in family)
    assert {one["estimate"]["level"] for one in family} == {0.9}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "cannot read 'study.toml': No such file or directory", id="none"),
        pytest.param(b"name = [", "'study.toml' is not valid TOML: ", id="no TOML"),
        pytest.param(b"name = 'a'", "'study.toml' is not a valid study: ", id="no study"),
        pytest.param(b"name = '\xe9'", "cannot read 'study.toml': ", id="Latin-1"),
    ],
)
def test_a_wrong_study_is_one_sentence(
    taste: Taste, folder: Path, rows: Rows, content: bytes | None, said: str
) -> None:
    if content is not None:
        (folder / "study.toml").write_bytes(content)
    found = taste("stats", write(folder, rows), "--study", "study.toml")
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith(f"taste: {said}")
    assert found.err.count("\n") == 1


HEADER = "set,item,arm,score\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("a.csv", "set,item,score\n", "holds no row", id="header alone"),
        pytest.param("a.csv", "", "'a.csv' is empty.", id="empty"),
        pytest.param("a.csv", "set,item,score\nstrong,1,1\n", "no column arm;", id="no arm"),
        pytest.param("a.csv", HEADER + "strong,1,m,2\n", "row 1: score '2' is", id="score"),
        pytest.param("a.csv", HEADER + "weak,1,m,1\n", "row 1: set 'weak' is none", id="set"),
        pytest.param("a.csv", HEADER + "strong,1,m\n", "row 1 (line 2) has 3 cells", id="ragged"),
        pytest.param(
            "a.csv", HEADER + "strong,1,m,1\nstrong,2,m,1\nstrong,1,m,0\n",
            "row 3: the same key as row 1 (set 'strong', item 'strong/1',", id="key twice",
        ),
        pytest.param("a.jsonl", "[]\n", "row 1 (line 1) is not an object", id="list"),
        pytest.param("a.jsonl", "{", "row 1 (line 1) is not JSON", id="no JSON"),
        pytest.param(
            "a.jsonl", '{"set":{},"item":1,"arm":"m","score":1}', "holds a list", id="nested"
        ),
        pytest.param("a.txt", HEADER, "ends in none of .csv, .parquet, .jsonl.", id="ending"),
        pytest.param("a.parquet", "PAR1", "is not a Parquet table", id="Parquet",
                     marks=pytest.mark.needs_package("pyarrow")),
        pytest.param("a.csv", None, "cannot read 'a.csv': No such file", id="none"),
        pytest.param(
            "a.csv", HEADER + "\x1b[31m\u202e,1,m,1\n", r"set '\x1b[31m\u202e' is", id="hidden"
        ),
        pytest.param(
            "a.csv", "set,arm,percent,items\nstrong,m,33,2\n", "No count of 2 items", id="counts"
        ),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_one_sentence(
    taste: Taste, folder: Path, name: str, content: str | None, said: str
) -> None:
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    found = taste("stats", name)
    assert (found.code, found.out) == (1, "")
    assert found.err.startswith("taste: ")
    assert said in found.err
    assert found.err.count("\n") == 1


def test_hostile_names_are_made_harmless(taste: Taste, folder: Path, rows: Rows) -> None:
    names = {"late": "\x1b[2J\u202elate", "early": "x" * 10_000, "stock": "=cmd()"}
    hostile = [
        {**row, "arm": names[row["arm"]], "judge": "a\nb", "lineage": f"{row['lineage']}\x07"}
        for row in rows
    ]  # fmt: skip
    found = taste("stats", write(folder, hostile), "--all")
    assert found.code == 0
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", found.out)
    assert r"\u001b[2J\u202elate" in found.out
    assert max(map(len, found.out.splitlines())) < 1_000
    models = read_json(taste("stats", write(folder, hostile), "--json"))["models"]
    assert set(models) == set(names.values())


def test_a_misspelt_column_is_told_with_a_hint(taste: Taste, folder: Path, rows: Rows) -> None:
    renamed = [{("linage" if k == "lineage" else k): v for k, v in row.items()} for row in rows]
    out = taste("stats", write(folder, renamed)).out
    hint = "note: column 'linage' is not known and not used (did you mean 'lineage'?)"
    assert hint in out.splitlines()
    assert "clusters unknown" in out
    assert "12/?" in out


def test_simulated_rows_are_called_simulated(taste: Taste, folder: Path, rows: Rows) -> None:
    said = taste("stats", write(folder, [{**row, "simulated": True} for row in rows]))
    assert said.out.startswith("SIMULATED")


def test_the_originals_counts_say_what_they_can(taste: Taste) -> None:
    found = read_json(taste("stats", ORIGINAL, "--json"))
    assert set(found) == {"schema", "figures"}
    rates = [one for one in found["figures"] if one["name"] == "win rate"]
    assert len(rates) >= 3
    for one in rates:
        n = one["extra"]["items"]
        rate = published_rate(round(100 * one["value"]), n, ties=True)
        assert (one["extra"]["low"], one["extra"]["high"]) == (rate.low, rate.high)
        assert (one["extra"]["fewest_wins"], one["extra"]["most_wins"]) == (
            min(rate.counts), max(rate.counts)
        )  # fmt: skip
    assert {one["extra"]["items"] for one in rates} == {127, 129}
    assert all("clusters unknown" in one["note"] for one in found["figures"])


def test_published_counts_are_printed_as_tables(taste: Taste) -> None:
    said = taste("stats", ORIGINAL)
    assert (said.code, said.err) == (0, "")
    assert "intervals take items for independent, and are too narrow" in said.out
    assert "break-even share of detours" in said.out
