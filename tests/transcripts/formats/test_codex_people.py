"""Messages of people in a rollout: which of them is the copy of which."""

from typing import TYPE_CHECKING

from transcripts.records import EventKind

if TYPE_CHECKING:
    from tests.transcripts.formats.conftest import Rollout

PICTURE = "data:image/png;base64," + "A" * 40
SHOWN = "[image image/png, 30 bytes]"


def said(rollout: "Rollout") -> list[str]:
    return [event.text for event in rollout.record.events if event.kind is EventKind.HUMAN]


def test_a_picture_alone_is_no_copy_of_words(rollout: "Rollout") -> None:
    rollout.message("user", "fix it").event("user_message", message="", images=[PICTURE])
    assert said(rollout) == ["fix it", SHOWN]


def test_words_are_no_copy_of_a_picture_alone(rollout: "Rollout") -> None:
    rollout.event("user_message", message="", images=[PICTURE]).message("user", "fix it")
    assert said(rollout) == [SHOWN, "fix it"]


def test_a_picture_alone_is_the_copy_of_itself(rollout: "Rollout") -> None:
    image = {"type": "input_image", "image_url": PICTURE}
    rollout.item("message", role="user", content=[image])
    rollout.event("user_message", message="", images=[PICTURE])
    assert said(rollout) == [SHOWN]


def test_the_copy_of_a_message_is_the_one_with_the_same_words(rollout: "Rollout") -> None:
    rollout.message("user", "go on with it").message("user", "go on")
    rollout.event("user_message", message="go on").agent("I look")
    record = rollout.event("user_message", message="go on with it").record
    assert any(warning.startswith("1 messages of the user") for warning in record.warnings)
    assert said(rollout) == ["go on with it", "go on", "go on with it"]
