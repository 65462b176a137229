"""Which sessions a file goes on from or copies, and where it took place."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from transcripts.records import Place, PlaceKind, SessionRecord

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script

    Read = Callable[[Script], SessionRecord]


def test_a_branched_copy_names_the_session_that_it_was_forked_from(
    script: "Script", read: "Read"
) -> None:
    script.human("start", forkedFrom={"sessionId": "older", "messageUuid": "m"})
    assert read(script).origins == ("older",)


def test_a_resumed_session_names_the_root_of_its_lineage(script: "Script", read: "Read") -> None:
    script.human("start", session_id="root")
    script.says("hi", "msg-1")
    assert read(script).origins == ("root",)


def test_several_sessions_in_one_file_are_the_first_one_s_origins(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    script.human("copied", sessionId="other")
    script.human("again")
    record = read(script)
    assert (record.external_id, record.origins) == ("session-1", ("other",))


def test_what_a_repeated_entry_says_of_sessions_and_places_is_left_out(
    script: "Script", read: "Read"
) -> None:
    script.human("start")
    line = script.lines[0]
    script.raw(line.replace(b"session-1", b"later").replace(b"later-e1", b"session-1-e1"))
    record = read(script)
    assert "1 entries repeat" in record.warnings[0]
    assert (record.origins, [place.name for place in record.places]) == (
        (), ["branch-1", "/home/x/secret-1"],
    )  # fmt: skip


def test_a_place_is_known_from_its_first_entry_on(script: "Script", read: "Read") -> None:
    here = {"cwd": "/work", "gitBranch": "fix-lr"}
    script.human("start", **here)
    script.says("hi")
    script.human("go on", cwd="/work/tree", gitBranch="fix-lr")
    script.chained("progress", data={}, **here)
    places = read(script).places
    assert places[0] == Place(0, PlaceKind.BRANCH, "fix-lr")
    assert [(p.position, p.name) for p in places if p.kind is PlaceKind.DIRECTORY] == [
        (0, "/work"), (1, "/home/x/secret-2"), (2, "/work/tree"),
    ]  # fmt: skip


def test_the_names_of_trunks_and_very_short_names_say_nothing(
    script: "Script", read: "Read"
) -> None:
    for branch in ("main", "master", "HEAD", "develop", "trunk", "", "lr", None, 7):
        script.human("x", gitBranch=branch, cwd="/")
    assert read(script).places == ()


def test_a_file_without_a_session_of_its_own_takes_the_first_one_named(
    script: "Script", read: "Read"
) -> None:
    script.human("start", sessionId=None, session_id="root")
    assert read(script).external_id == "root"
