"""What each view shows, and that nothing else gets into a judge's request."""

from typing import Any

import pytest

from taste.conditions import Condition
from taste.judge import judge_request
from taste.judging import Prompt, Provenance
from taste.points import PointText, read_aftermath_without_act, read_point
from taste.prober import identity_question, order_asked
from taste.seats import VIEWS, View
from taste.sets import get_set, read_items
from taste.tables import Comparison, Digest, Item, Restatement
from taste.verdicts import ORDERS, Asked, Order, Pair
from taste.views import show, view_fault
from transcripts.db import Db


def row(table: Any, **values: Any) -> Any:
    """A row with what a test needs of it."""
    return table(**values)


DIGEST: Digest = row(Digest, id=7, outcome="written", text="What the rest taught.")
TEXTS = {"full": 2, "digest": 2, "digest_open": 3, "prefix": 1, "wording": 0}


@pytest.fixture
def text(db: Db) -> PointText:
    return read_point(db, read_items(db, get_set(db, "few"))[0])


@pytest.fixture
def texts(db: Db) -> list[PointText]:
    return [read_point(db, item) for name in ("few", "more") for item in of(db, name)]


def of(db: Db, name: str) -> list[Item]:
    return read_items(db, get_set(db, name))


def pair(order: Order = "human") -> Pair:
    human = row(Restatement, id=1, verbatim="hmm, plot it?", move="Plot the residuals.")
    proposed = row(Restatement, id=2, verbatim="Let us fit a line.", move="Fit a line.")
    return Pair(human, proposed, order, row(Comparison, id=3, order=order))


def asked(text: PointText, condition: Condition, order: Order = "human") -> str:
    digest = DIGEST if condition.view.startswith("digest") else None
    shown = show(text, condition.view, digest)
    request = judge_request(text, shown, Asked(pair(order), condition, 1))
    return f"{request.context}\n{request.question}"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_its_texts_and_no_other(text: PointText, view: View) -> None:
    told = asked(text, Condition(view))
    there = {
        "prefix": text.prefix.text in told,
        "aftermath": text.aftermath in told,
        "digest": "What the rest taught." in told,
        "taken": text.act in told.replace(text.prefix.text, "").replace(text.aftermath, ""),
    }
    assert sum(there.values()) == TEXTS[view]
    assert there["prefix"] == (view != "wording")


def test_every_view_and_text_has_a_hash_of_its_own(texts: list[PointText]) -> None:
    hashes = {show(text, view, DIGEST).hash for text in texts for view in VIEWS}
    # Wording shows nothing, so it is the same everywhere.
    assert len(hashes) == len(texts) * (len(VIEWS) - 1) + 1


@pytest.mark.parametrize("prompt", ["standard", "reworded"])
@pytest.mark.parametrize("order", ORDERS)
def test_labels_stand_with_the_moves_that_they_are_of(
    text: PointText, order: Order, prompt: Prompt
) -> None:
    def first_label(provenance: Provenance) -> bool:
        condition = Condition("full", provenance=provenance, prompt=prompt)
        question = asked(text, condition, order).rpartition("candidates")[2]
        person, model = question.find("the person who directs"), question.find("a language model")
        return -1 < person < model

    assert first_label("labelled") == (order == "human")
    assert first_label("swapped") == (order == "proposal")
    assert "a language model" not in asked(text, Condition("full", prompt=prompt), order)


def test_a_form_words_both_moves(text: PointText) -> None:
    restated, verbatim = asked(text, Condition("full")), asked(text, Condition("full", "verbatim"))
    assert "Plot the residuals." in restated
    assert "Fit a line." in restated
    assert "hmm, plot it?" in verbatim
    assert "Let us fit a line." in verbatim
    assert "Fit a line." not in verbatim


def test_a_digest_that_leaks_or_is_missing_is_never_shown(text: PointText) -> None:
    leaky = row(Digest, outcome="leaky", text="Then the person plotted them.")
    failed = row(Digest, outcome="failed", reason="refused (no category)")
    assert view_fault("digest", leaky) == view_fault("digest_open", leaky) == "leaky digest"
    assert view_fault("digest", failed) == "no digest: refused (no category)"
    assert view_fault("digest", DIGEST) is view_fault("full", leaky) is None
    with pytest.raises(ValueError, match="needs a digest"):
        show(text, "digest", leaky)


def test_the_digests_author_is_shown_the_aftermath_less_the_act(
    db: Db, texts: list[PointText]
) -> None:
    for text in texts:
        without = read_aftermath_without_act(db, text)
        # A later summary may quote the act: what is written of it is checked for leaks.
        said, left = (
            whole.replace("\\", "").count(text.act) for whole in (text.aftermath, without)
        )
        assert left == max(0, said - 1)
        assert len(without) > len(text.aftermath) - 2 * len(text.act) - 200


@pytest.mark.parametrize("view", VIEWS)
def test_identity_is_asked_over_what_the_judge_was_shown(text: PointText, view: View) -> None:
    shown = show(text, view, DIGEST)
    judged = judge_request(text, shown, Asked(pair(), Condition(view), 1))
    probed = identity_question(text, view, pair(), DIGEST)
    # One context, so that the probe reads what the verdict has put into the cache.
    assert probed.request.context == judged.context
    assert (probed.shown_hash, probed.about["view"]) == (shown.hash, view)


def test_the_same_bytes_are_another_question_where_the_other_move_was_taken(
    text: PointText,
) -> None:
    swapped = Pair(pair().proposed, pair().human, "proposal", pair().comparison)
    asked = [identity_question(text, "prefix", one, None) for one in (pair(), swapped)]
    assert asked[0].request == asked[1].request
    assert [question.order for question in asked] == ["human", "proposal"]


def test_identity_is_asked_in_either_order_about_as_often(texts: list[PointText]) -> None:
    orders = [order_asked(text, view) for text in texts for view in VIEWS]
    assert {orders.count(order) > len(orders) // 5 for order in ORDERS} == {True}
