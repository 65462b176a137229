import pytest
from hypothesis import given
from hypothesis import strategies as st

from taste.stems import content_words, english_share


@pytest.mark.parametrize(
    "forms",
    [
        "sweep sweeps sweeping swept",
        "run running ran",
        "replace replaced replacing replaces",
        "retrain retrained retraining",
        "normalise normalised normalisation normaliser",
        "normalize normalized normalization",
        "query queries",
        "measure measured measurement measurements",
        "plot plotted plotting plots",
        "write wrote written writing",
        "score scored scores scoring",
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len(set(content_words(forms))) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3,180 files", ["3180", "fil"]),
        ("dt 1e-3, 0.5 and 2_000", ["dt", "1e-3", "0.5", "2_000"]),
        ("look at run_eval.sh", ["look", "run_eval.sh"]),
        ("What is it about?", []),
        ("检查", ["检", "查"]),
        ("Gewichte prüfen", ["gewicht", "prüfen"]),
    ],
)
def test_names_and_numbers_stay_whole(text: str, words: list[str]) -> None:
    assert content_words(text) == words


@given(text=st.text())
def test_case_and_invisible_characters_change_nothing(text: str) -> None:
    seen = "\u200b".join(text.upper()) if text.isascii() else text
    assert content_words(seen) == content_words(text)


def test_function_words_tell_english_prose() -> None:
    assert english_share("It is the reference that is at fault, and not the scheme.") > 0.3
    assert english_share("Der Fehler liegt an der Maske und nicht am Optimierer.") == 0
    assert english_share("") == 0
