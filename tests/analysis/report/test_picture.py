"""The picture: well formed, one mark for each figure, exact places, words for what is missing."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from analysis.figures.headline import Results
from analysis.figures.lines import Figure
from analysis.report.contents import build_report
from analysis.report.material import read_material
from analysis.report.picture import render_rates
from taste.tables import Run
from transcripts.db import Db


@pytest.fixture(scope="module")
def results(still_world: Db, still_run: Run) -> Results:
    """The figures of the small world."""
    report = build_report(read_material(still_world, still_run)).run
    assert report is not None
    return report.results


def draw(results: Results) -> ElementTree.Element:
    return ElementTree.fromstring(render_rates(results))


def marked(picture: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [found for found in picture.iter(tag) if "mark" in found.get("class", "").split()]


def test_each_set_has_a_shape_and_each_arm_a_mark(results: Results) -> None:
    picture = draw(results)
    assert len(marked(picture, "circle")) == 7
    assert len(marked(picture, "rect")) == 7
    assert all("suboptimal" in found.get("class", "") for found in marked(picture, "circle"))


def test_models_and_controls_differ_in_more_than_colour(results: Results) -> None:
    styles = [found.get("class", "").split()[-1] for found in marked(draw(results), "circle")]
    assert styles == ["model"] * 3 + ["control"] * 4


def test_marks_stand_where_the_rates_are(results: Results) -> None:
    picture = draw(results)
    half = next(x for x in picture.iter("line") if x.get("class") == "half")
    grid = [float(x.get("x1", "")) for x in picture.iter("line") if x.get("class") == "grid"]
    zero, one = grid[0], grid[3]
    assert float(half.get("x1", "")) == pytest.approx((zero + one) / 2)
    drawn = [float(x.get("cx", "")) for x in marked(picture, "circle")]
    rates = [x.rate.value or 0.0 for x in results.lines if x.set == results.sets[0].name]
    assert drawn[:3] == pytest.approx([zero + rate * (one - zero) for rate in rates[:3]], abs=1e-2)


def test_one_half_is_labelled_as_no_chance_level(results: Results) -> None:
    words = " ".join(draw(results).itertext())
    assert "equal to this human move, not chance" in " ".join(words.split())


def test_a_figure_without_an_interval_says_so(results: Results) -> None:
    first = results.lines[0]
    bare = replace(first, rate=Figure(0.5, "no interval: all items lie in one session"))
    picture = draw(replace(results, lines=(bare, *results.lines[1:])))
    assert "no interval" in " ".join(picture.itertext())
    assert len(marked(picture, "circle")) == 7


def test_an_arm_without_a_score_has_words_and_no_mark(results: Results) -> None:
    first = results.lines[0]
    empty = replace(first, rate=Figure(None, "not estimated"))
    picture = draw(replace(results, lines=(empty, *results.lines[1:])))
    assert "no score" in " ".join(picture.itertext())
    assert len(marked(picture, "circle")) == 6


def test_a_third_set_gets_a_picture_of_its_own(results: Results) -> None:
    third = replace(results.sets[0], name="random", kind="random")
    pictures = render_rates(replace(results, sets=(*results.sets, third)))
    assert pictures.count("<svg") == 2


def test_a_hostile_name_stays_text(results: Results) -> None:
    name = "<script>\u202e"
    lines = tuple(replace(x, arm=name) if x.arm == "stock" else x for x in results.lines)
    text = render_rates(replace(results, lines=lines))
    assert "<script" not in text
    assert "\u202e" not in text


def test_an_arm_on_fewer_items_than_the_set_says_on_how_many(results: Results) -> None:
    first, size = results.lines[0], results.sets[0].items
    fewer = replace(first, scores=first.scores[:5])
    told, before = (
        "".join(draw(replace(results, lines=(line, *results.lines[1:]))).itertext())
        for line in (fewer, first)
    )
    words = f"on 5 of {size}"
    assert (words in told, words in before) == (True, False)
