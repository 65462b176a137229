"""What is put before an adjudicator: letters instead of names, and only where one has to decide."""

from typing import Any

from taste.adjudicating.aligning import Placed
from taste.adjudicating.cases import Case, Given, build_cases
from taste.adjudicating.ruling import Ruling, compose, differing, find_lacking, parse_ruling
from transcripts.annotations import Label
from transcripts.codebook import read_codebook

CODEBOOK = read_codebook()


def placed(who: str, act: int, kind: str = "detour", **fields: Any) -> Placed[Given]:
    values: dict[str, Any] = {"type": "stuck" if kind == "detour" else None, "codebook": "1.0"}
    label = Label(kind=kind, **values | fields)
    return Placed(who, "human", 10 * act, act, Given(hash((who, act)) % 997, f"e{act}", label))


def cases(*labels: Placed[Given], readers: int = 2, seed: int = 1) -> list[Case]:
    return [case for case, _ in build_cases(labels, readers, "s1 1 main", seed)]


def test_no_case_names_an_annotator_and_letters_are_drawn_for_each() -> None:
    labels = [placed(who, 10 * n) for n in range(20) for who in ("ann", "bob")]
    built = build_cases(labels, 2, "s1 1 main", seed=1)
    assert "ann" not in repr([case for case, _ in built])
    first = [numbers[0] == hash(("ann", 10 * n)) % 997 for n, (_, numbers) in enumerate(built)]
    assert 4 < sum(first) < 16


def test_those_who_agree_within_one_act_need_no_adjudicator() -> None:
    (case,) = cases(placed("ann", 3, harm=1), placed("bob", 4, harm=2), seed=2)
    assert (case.agreed, case.latest.act) == (True, 4)


def test_another_attribution_or_a_silent_reader_is_no_agreement() -> None:
    (split,) = cases(placed("ann", 3, attribution="human"), placed("bob", 3, attribution="agent"))
    (alone,) = cases(placed("ann", 3))
    (silent,) = cases(placed("ann", 3), placed("bob", 3), readers=3)
    assert [(one.agreed, one.waits) for one in (split, alone, silent)] == [(False, True)] * 3
    assert (alone.silent, silent.silent) == (1, 1)


def test_about_one_in_ten_agreements_is_looked_at_all_the_same() -> None:
    labels = [placed(who, 3 * n) for n in range(300) for who in ("ann", "bob")]
    audited = sum(case.audited for case in cases(*labels))
    assert 15 < audited < 50
    assert audited == sum(case.waits for case in cases(*labels))


def test_what_nobody_marks_is_no_case() -> None:
    assert not cases(placed("ann", 3, "neither"), placed("bob", 3, "unresolved"))
    assert len(cases(placed("ann", 3, "neither"), placed("bob", 3))) == 1


def test_a_merge_takes_each_field_from_the_side_that_is_named() -> None:
    (case,) = cases(
        placed("ann", 3, attribution="human", harm=1), placed("bob", 4, attribution="agent", harm=2)
    )
    early = next(side for side in case.sides if side.act == 3)
    ruling = Ruling(about=case.about, decision="merge", picks={"attribution": early.letter})
    before, label = compose(case, ruling) or ("", None)
    assert label is not None
    assert (before, label.attribution, label.harm) == ("e4", "human", 2)
    assert differing(case) == ["start", "attribution", "harm"]


def test_a_disagreement_wants_a_cause_and_how_sure() -> None:
    (case,) = cases(placed("ann", 3, "strong"), placed("bob", 3))
    taken = Ruling(about=case.about, decision="take", of="A")
    assert len(list(find_lacking(case, taken, CODEBOOK))) == 2
    whole = taken.model_copy(update={"cause": "slip", "confidence": 4})
    assert not list(find_lacking(case, whole, CODEBOOK))


def test_a_new_label_wants_a_reason_and_what_the_codebook_knows() -> None:
    (case,) = cases(placed("ann", 3), placed("bob", 3, "strong"))
    new = Ruling(
        about=case.about, decision="new", cause="slip", confidence=4, values={"type": "shrink"},
        picks={"kind": next(s.letter for s in case.sides if s.label.kind == "detour")},
    )  # fmt: skip
    lacking = list(find_lacking(case, new, CODEBOOK))
    assert lacking[0] == "the reason, in words"
    assert "type 'shrink' is not one of" in lacking[1]


def test_a_decision_on_labels_that_have_changed_since_is_none() -> None:
    (old,) = cases(placed("ann", 3), placed("bob", 3, "strong"))
    (new,) = cases(placed("ann", 3, harm=4), placed("bob", 3, "strong"))
    draft = Ruling(about=old.about, decision="take", of="A").model_dump(mode="json")
    assert parse_ruling(draft, old).decision == "take"
    assert parse_ruling(draft, new).decision is None
