import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.surface import Surface, surface_of

PARTS = st.sampled_from(
    [
        "Run the sweep again.",
        "maybe it is the loader, I think",
        "- read `eval.py` first",
        "2) plot it and compare",
        "please fix data/docs.py:12, then rerun",
        "Wie viele Zeilen fehlen?",
        "损失为什么上升。",
        "",
    ]
)


def counted(text: str, feature: str) -> int:
    return surface_of(text).as_dict()[feature]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param(" \n\t ", 0, id="blanks"),
        pytest.param("— … !!! -", 0, id="no letter"),
        pytest.param("Sweep skin 0.2 to 0.5.", 5, id="numbers"),
        pytest.param("read data/docs.py, please", 3, id="a path is one word"),
        pytest.param("it's not-so-bad", 2, id="joined"),
        pytest.param("Über die Brücke", 3, id="accents"),
        pytest.param("检查 loss", 3, id="Chinese by character"),
    ],
)
def test_words_are_runs_with_a_letter_or_digit(text: str, words: int) -> None:
    assert counted(text, "words") == words


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("Maybe we could look, it might be the loader.", 3),
        ("I think it's probably fine, not sure", 3),
        ("It seems that the list is perhaps full.", 2),
        ("in May 2026, may 3", 0),
        ("that may be it", 1),
        ("likelihood, mighty, seemly", 0),
        ("```\nmaybe = 1\n``` and `perhaps`", 0),
    ],
)
def test_hedges_are_counted_in_prose(text: str, hedges: int) -> None:
    assert counted(text, "hedges") == hedges


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("- one\n* two\n  + three\n• four", 4),
        ("1. one\n2) two\n(3) three\na) four", 4),
        ("1.74 is the target", 0),
        ("no - this is a dash", 0),
        ("```\n- in a block\n```", 0),
    ],
)
def test_lists_are_lines_that_begin_as_an_item(text: str, lists: int) -> None:
    assert counted(text, "lists") == lists


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("look at `x` and `y_z`", 2),
        ("```\na_b()\nc_d()\n```", 1),
        ("```\nnever closed a_b", 1),
        ("fix data/docs.py and run_eval.sh", 2),
        ("set learning_rate and beginStep, call run()", 3),
        ("use --dry-run in /tmp/trial or ~/runs", 3),
        ("the and/or case, 3/4 of 1/2, 2_000", 0),
        ("e.g. this, i.e. that. Then stop.", 0),
    ],
)
def test_code_is_blocks_spans_and_what_looks_like_code(text: str, code: int) -> None:
    assert counted(text, "code") == code


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("Run the sweep.", 1),
        ("Run the sweep and plot the loss, then commit.", 3),
        ("please rerun it; can you also check the mask?", 2),
        ("no, just resume from 5600", 1),
        ("let's build a page. I want you to add a login", 2),
        ("- read the log\n- fix it", 2),
        ("the sweep is done and the plot looks fine", 0),
        ("a run, a test", 0),
        ("", 0),
    ],
)
def test_actions_are_clauses_that_begin_with_a_verb_that_directs(text: str, actions: int) -> None:
    assert counted(text, "actions") == actions


@given(parts=st.lists(PARTS, max_size=6))
def test_what_stands_in_lines_of_its_own_adds_up(parts: list[str]) -> None:
    whole = surface_of("\n".join(parts)).as_dict()
    for feature in ("words", "hedges", "lists", "code", "actions"):
        assert whole[feature] == sum(counted(part, feature) for part in parts), feature


@given(first=st.text(), second=st.text())
def test_characters_add_up_always(first: str, second: str) -> None:
    assert counted(first + second, "chars") == counted(first, "chars") + counted(second, "chars")


@given(parts=st.lists(PARTS, max_size=6))
def test_capitals_change_nothing_but_code(parts: list[str]) -> None:
    text = "\n".join(parts)
    lower, upper = (surface_of(form).as_dict() for form in (text.lower(), text.upper()))
    assert {**lower, "code": 0} == {**upper, "code": 0}


@given(text=st.text(alphabet=st.sampled_from("- `_/.a1B\n,:*(~'中\u200b\ud7ff<")))
def test_no_text_counts_more_than_it_has_characters(text: str) -> None:
    found = surface_of(text)
    assert found.chars == len(text)
    assert all(0 <= count <= len(text) for count in found.as_dict().values())


def test_an_empty_text_has_nothing() -> None:
    assert surface_of("") == Surface(0, 0, 0, 0, 0, 0)
