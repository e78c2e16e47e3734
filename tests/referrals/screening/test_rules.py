"""What answers come to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.screening.queries import CURRENT, get_questionnaire
from referrals.screening.rules.questionnaires import ANSWERS, Item, Kind, Result, is_urgent
from referrals.screening.rules.scoring import BadAnswers, assess, check_answers
from tests.factories.referrals import SAFE

QUESTIONNAIRE = get_questionnaire(CURRENT)
ITEMS = QUESTIONNAIRE.items
PRESSING = list(Result)


def answers_to(item: Item) -> st.SearchStrategy[object]:
    answer = st.sampled_from(ANSWERS[item.kind])
    return answer if item.is_required else st.none() | answer


answer_sheets = st.fixed_dictionaries({item.id: answers_to(item) for item in ITEMS})
anything = st.none() | st.booleans() | st.integers(-2, 5) | st.floats() | st.text(max_size=3) | st.lists(st.integers())


@given(answer_sheets)
def test_every_answered_questionnaire_has_a_result_and_none_is_a_rejection(answers: Any) -> None:
    assert assess(QUESTIONNAIRE, answers).result in ("proceed", "clinician_review", "urgent")


@given(answer_sheets)
def test_the_worst_answer_alone_comes_to_the_same(answers: Any) -> None:
    alone = [assess(QUESTIONNAIRE, SAFE | {name: answer}).result for name, answer in answers.items()]
    assert assess(QUESTIONNAIRE, answers).result == max(alone, key=PRESSING.index)


@given(answer_sheets)
def test_proceed_means_that_nothing_was_found(answers: Any) -> None:
    assessment = assess(QUESTIONNAIRE, answers)
    assert (assessment.result == Result.PROCEED) == (assessment.findings == ())


@given(answer_sheets)
def test_help_is_shown_exactly_when_the_result_is_urgent(answers: Any) -> None:
    assert is_urgent(QUESTIONNAIRE, answers) == (assess(QUESTIONNAIRE, answers).result == Result.URGENT)


@given(answer_sheets, st.sets(st.sampled_from([item.id for item in ITEMS])))
def test_what_fits_as_a_whole_fits_in_any_part(answers: Any, kept: Any) -> None:
    part = {name: answer for name, answer in answers.items() if name in kept}
    assert check_answers(QUESTIONNAIRE, part) == part


@given(st.dictionaries(st.sampled_from([item.id for item in ITEMS]) | st.text(max_size=5), anything, min_size=1))
def test_every_answer_is_taken_or_named(answers: Any) -> None:
    by_id = {item.id: item for item in ITEMS}

    def fits(name: str, answer: object) -> bool:
        if name not in by_id or answer is None:
            return name in by_id
        is_bool = isinstance(answer, bool)
        return is_bool if by_id[name].kind == Kind.YES_NO else type(answer) is int and answer in range(4)

    wrong = {name for name, answer in answers.items() if not fits(name, answer)}
    named: set[str] = set()
    try:
        check_answers(QUESTIONNAIRE, answers)
    except BadAnswers as refusal:
        named = set(refusal.errors)
    assert named == wrong


@pytest.mark.parametrize(
    ("item", "answer", "result"),
    [
        ("age_18", False, "clinician_review"),
        ("psychosis", True, "clinician_review"),
        ("hypertension", True, "clinician_review"),
        ("mania", True, "clinician_review"),
        ("heart_liver", True, "clinician_review"),
        ("other_illness", True, "clinician_review"),
        ("pregnancy", True, "clinician_review"),
        ("ketamine_allergy", True, "clinician_review"),
        ("substance_use", True, "clinician_review"),
        ("suicidality", True, "urgent"),
        ("phq9_9", 1, "urgent"),
        ("phq9_9", 0, "proceed"),
        ("phq9_1", 3, "proceed"),
        ("gad7_7", 3, "proceed"),
    ],
)
def test_each_safety_answer_leads_where_the_sources_say(item: Any, answer: Any, result: Any) -> None:
    assert assess(QUESTIONNAIRE, SAFE | {item: answer}).result == result


def scale(section: str, count: int, total: int) -> dict[str, int]:
    """Answers to a scale that add up to a sum, the last item 0 where it can be."""
    grades = [min(3, max(0, total - 3 * number)) for number in range(count)]
    return {f"{section}_{number + 1}": grade for number, grade in enumerate(grades)}


# Kroenke, Spitzer and Williams 2001, table 4; Spitzer, Kroenke, Williams and Löwe 2006
PHQ9 = [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")]
PHQ9 += [(15, "moderately_severe"), (19, "moderately_severe"), (20, "severe"), (27, "severe")]
GAD7 = [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild"), (10, "moderate"), (14, "moderate")]
GAD7 += [(15, "severe"), (21, "severe")]


@pytest.mark.parametrize(("total", "name"), PHQ9)
def test_the_phq9_has_its_published_cut_offs(total: int, name: str) -> None:
    assessment = assess(QUESTIONNAIRE, SAFE | scale("phq9", 9, total))
    assert (assessment.scores, assessment.severities) == ({"phq9": total}, {"phq9": name})


@pytest.mark.parametrize(("total", "name"), GAD7)
def test_the_gad7_has_its_published_cut_offs(total: int, name: str) -> None:
    assessment = assess(QUESTIONNAIRE, SAFE | scale("gad7", 7, total))
    assert (assessment.scores, assessment.severities) == ({"gad7": total}, {"gad7": name})


def test_a_scale_is_summed_only_when_it_is_whole() -> None:
    assert assess(QUESTIONNAIRE, SAFE | {f"phq9_{number}": 1 for number in range(1, 9)}).scores == {}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"mania": None}, "mania"),
        ({"mania": 1}, "mania"),
        ({"mania": "no"}, "mania"),
        ({"phq9_1": True}, "phq9_1"),
        ({"phq9_1": 4}, "phq9_1"),
        ({"phq9_1": 1.0}, "phq9_1"),
        ({"phq9_1": [1]}, "phq9_1"),
        ({"shoe_size": 42}, "shoe_size"),
    ],
)
def test_an_answer_that_does_not_fit_is_named(change: Any, wrong: Any) -> None:
    with pytest.raises(BadAnswers) as refusal:
        assess(QUESTIONNAIRE, SAFE | change)
    assert list(refusal.value.errors) == [wrong]


def test_nothing_answered_names_every_required_question() -> None:
    with pytest.raises(BadAnswers) as refusal:
        assess(QUESTIONNAIRE, {})
    assert set(refusal.value.errors) == set(SAFE)


def test_what_a_member_sees_does_not_give_the_rules_away() -> None:
    shown = json.dumps(QUESTIONNAIRE.in_language("es"), ensure_ascii=False)
    assert "leads_to" not in shown
    assert "urgent" not in shown
    assert "facts.md" not in shown
    assert "Su seguridad" in shown


def test_the_instruments_are_asked_in_their_published_words() -> None:
    """US English and "Spanish for the USA"; the whole of both is in the data file with its source."""
    texts = {item.id: item.text for item in ITEMS}
    assert texts["phq9_9"]["en"] == "Thoughts that you would be better off dead or of hurting yourself in some way"
    assert texts["phq9_9"]["es"] == "Pensamientos de que estaría mejor muerto(a) o de lastimarse de alguna manera"
    assert texts["gad7_2"]["es"] == "No ha sido capaz de parar o controlar su preocupación"
    labels = {section.labels[0]["es"] for section in QUESTIONNAIRE.sections if section.labels}
    assert labels == {"Ningún día"}
    assert all("No permission required" in s.citation for s in QUESTIONNAIRE.sections if s.labels)
