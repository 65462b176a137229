"""Display settings only take away: thinking, names of branches and directories, times."""

import pytest
from pydantic import ValidationError

from transcripts.cut import Name, Prefix, Shown, cut_names, prefix_hash
from transcripts.records import Place, PlaceKind
from transcripts.rendering.display import Display, Masks
from transcripts.rendering.text import render_shown

BRANCH = Name("branch", "fix-tokenizer-offset")
HOME = Name("directory", "/home/ada/llm")
WORKTREE = Name("directory", "/home/ada/llm-worktrees/fix-tokenizer-offset")


def said(text: str, kind: str = "human", timestamp: str | None = None) -> Shown:
    return Shown(kind, "", text, is_error=False, timestamp=timestamp)


def test_thinking_is_hidden_by_default_and_still_part_of_the_prefix_hash() -> None:
    prefix = Prefix((said("why?"), said("the loader?", "thinking")))
    assert "loader" not in render_shown(prefix).text
    assert "=== agent thinking\nthe loader?" in render_shown(prefix, Display(thinking=True)).text
    assert prefix_hash(prefix) != prefix_hash(prefix.events[:1])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("git checkout fix-tokenizer-offset", "git checkout <branch>", id="branch"),
        pytest.param("origin/fix-tokenizer-offset.", "origin/<branch>.", id="remote-branch"),
        pytest.param("fix-tokenizer-offsets", "fix-tokenizer-offsets", id="another-word"),
        pytest.param("cd /home/ada/llm", "cd <directory>", id="directory"),
        pytest.param("/home/ada/llm/src/a.py", "<directory>/src/a.py", id="longer-path"),
        pytest.param("/home/ada/llm2/src", "/home/ada/llm2/src", id="another-directory"),
        pytest.param("/mnt/home/ada/llm", "/mnt<directory>", id="mounted-elsewhere"),
        pytest.param("cat ~/llm/a.py", "cat <directory>/a.py", id="home"),
        pytest.param("projects/-home-ada-llm/x", "projects/<directory>/x", id="munged"),
        pytest.param(
            "/home/ada/llm-worktrees/fix-tokenizer-offset/a", "<directory>/a", id="longest-first"
        ),
    ],
)
def test_names_are_masked_as_whole_words(text: str, masked: str) -> None:
    assert Masks([BRANCH, HOME, WORKTREE]).apply(text) == masked


def test_a_worktree_named_after_its_task_is_masked_by_its_last_part_too() -> None:
    assert Masks([WORKTREE]).apply("the tree fix-tokenizer-offset") == "the tree <directory>"


def test_the_last_part_of_a_branch_is_masked_where_it_is_distinctive() -> None:
    masks = Masks([Name("branch", "ada/fix-tokenizer"), Name("branch", "ada/try")])
    assert masks.apply("fix-tokenizer ada-fix-tokenizer try") == "<branch> <branch> try"


@pytest.mark.parametrize("plain", ["/", "/tmp", "/root", "/workspace"])
def test_directories_that_every_machine_has_are_not_masked(plain: str) -> None:
    assert Masks([Name("directory", plain)]).apply(f"ls {plain}/x") == f"ls {plain}/x"


def test_a_path_of_windows_is_masked_also_where_its_strokes_are_doubled() -> None:
    masks = Masks([Name("directory", "C:\\work\\llm")])
    assert masks.apply("C:\\work\\llm\\a C:\\\\work\\\\llm") == "<directory>\\a <directory>"


def test_masks_are_shown_text_and_not_part_of_the_prefix_hash() -> None:
    events = (said("on fix-tokenizer-offset"),)
    masked, plain = Prefix(events, (BRANCH,)), Prefix(events)
    assert render_shown(masked).text == "=== human\non <branch>\n"
    assert render_shown(masked, Display(names=True)) == render_shown(plain)
    assert prefix_hash(masked) == prefix_hash(plain)


def test_a_name_that_was_first_recorded_at_the_cut_is_not_known_there() -> None:
    places = [Place(4, PlaceKind.BRANCH, "late"), Place(3, PlaceKind.BRANCH, "early")]
    assert cut_names(places, 4) == (Name("branch", "early"),)


@pytest.mark.parametrize(
    ("recorded", "age"),
    [
        pytest.param("2026-02-01T10:12:59Z", " +12 min", id="later"),
        pytest.param("2026-02-01T09:00:00Z", " +0 min", id="clamped"),
        pytest.param("2026-02-01T11:00:00+01:00", " +0 min", id="another-zone"),
        pytest.param("soon", "", id="unreadable"),
        pytest.param(None, "", id="none"),
    ],
)
def test_times_are_relative_to_the_first_visible_event(recorded: str | None, age: str) -> None:
    prefix = Prefix((said("a", timestamp="2026-02-01T10:00:00Z"), said("b", "agent", recorded)))
    text = render_shown(prefix, Display(times="relative")).text
    assert text == f"=== human +0 min\na\n\n=== agent{age}\nb\n"
    assert "min" not in render_shown(prefix).text


@pytest.mark.parametrize(
    "settings", [{"titles": True}, {"times": "absolute"}, {"chars": 10}, {"results": "all"}]
)
def test_nothing_beyond_the_settings_can_be_switched_on(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Display.model_validate(settings)


def test_a_branch_called_by_a_short_plain_word_is_left_in_prose() -> None:
    masks = Masks([Name("branch", "data"), Name("branch", "fix-it")])
    assert masks.apply("the data on fix-it") == "the data on <branch>"
