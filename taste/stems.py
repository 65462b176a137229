"""The content words of a text, brought to their stems, so that "was swept" meets "sweep".

Made for comparing short texts, not for linguistics: rules for English suffixes, other languages
word by word, scripts without spaces character by character.
"""

import re
import unicodedata

_WORD = re.compile(
    r"\d+(?:[.,]\d+)*e[+-]?\d+"  # 1e-3
    r"|[\u3040-\u30ff\u3400-\u9fff]"  # one character of Chinese or Japanese
    r"|\w+(?:[.,'’]\w+)*"  # a word, a number, an identifier, a file's name
)
_LIST = (
    "a about after again all also am an and another any are as at be because been before being "
    "between both but by can cannot could did do does doing down each either for from further had "
    "has have having he her here him his how i if in into is it its itself just let lets let's "
    "like may me might more most must my no nor not now of off ok okay on once one only or other "
    "our out over own please same she should so some still such than thanks that the their them "
    "then there these they this those through to too under until up very was we well were what "
    "when where whether which while who why will with would yes you your"
)
_FUNCTION_WORDS = frozenset(_LIST.split())
_SHARED = "a all also am an as at do had he i in is me no of on or over so was we will"
_ELSEWHERE = frozenset(_SHARED.split())
"""Words of other languages too, so that they do not tell English."""
_IRREGULAR = {
    form: forms.split()[0]
    for forms in (
        "begin began begun", "break broke broken", "bring brought", "build built",
        "choose chose chosen", "cut cutting", "draw drew drawn", "drop dropped dropping",
        "find found", "get got gotten getting", "give gave given giving", "go goes went gone",
        "hold held", "keep kept", "leave left leaving", "make made making", "plot plotted plotting",
        "put putting", "redo redid redone", "rerun reran rerunning", "rewrite rewrote rewritten",
        "run ran running", "see saw seen", "send sent", "set setting", "show shown",
        "split splitting", "stop stopped stopping", "swap swapped swapping", "sweep swept",
        "take took taken taking", "teach taught", "tell told", "throw threw thrown",
        "try tried tries trying", "undo undid undone", "write wrote written writing",
    )
    for form in forms.split()
}  # fmt: skip
_SUFFIX = re.compile(r"(?:(?:is|iz)?ations?|e?ments?|ings?|ied|ies|ed|ers?|ors?|ions?|es|ly|s|e)$")
_SHORTEST = 3
"""Letters that are left at least."""


def content_words(text: str) -> list[str]:
    """The stems of a text's words in order, without English function words."""
    return [_stem(word) for word in _words(text) if word not in _FUNCTION_WORDS]


def english_share(text: str) -> float:
    """Share of a text's words that are function words of English and of no other language."""
    words = _words(text)
    telling = _FUNCTION_WORDS - _ELSEWHERE
    return sum(word in telling for word in words) / len(words) if words else 0.0


def _words(text: str) -> list[str]:
    """Words in lower case, without invisible characters; digits without separators."""
    seen = text
    if not text.isascii():  # no ASCII character is changed, and none is invisible
        plain = unicodedata.normalize("NFKC", text)
        seen = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    return [word.replace(",", "") for word in _WORD.findall(seen.casefold())]


def _stem(word: str) -> str:
    """The stem of an English word; anything else as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if not (word.isascii() and word.isalpha()):
        return word
    found = _SUFFIX.search(word, _SHORTEST)
    if found is None:
        return word
    stem = word[: found.start()] + ("y" if found[0] in {"ied", "ies"} else "")
    if stem[-1] == stem[-2] and stem[-1] not in "aeilosz":
        stem = stem[:-1]
    return stem[:-2] if len(stem) > _SHORTEST + 2 and stem.endswith(("is", "iz")) else stem
