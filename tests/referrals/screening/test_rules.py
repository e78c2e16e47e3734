"""What answers come to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.screening.queries import CURRENT, get_questionnaire
from referrals.screening.rules import BadAnswers, Item, Result, assess
from tests.factories.referrals import SAFE

QUESTIONNAIRE = get_questionnaire(CURRENT)
ITEMS = QUESTIONNAIRE.items
PRESSING = list(Result)


def answers_to(item: Item) -> st.SearchStrategy[object]:
    answer = st.booleans() if item.kind == "yes_no" else st.integers(0, 3)
    return answer if item.is_required else st.none() | answer


answer_sheets = st.fixed_dictionaries({item.id: answers_to(item) for item in ITEMS})


@given(answer_sheets)
def test_every_answered_questionnaire_has_a_result_and_none_is_a_rejection(answers: Any) -> None:
    assert assess(ITEMS, answers).result in ("proceed", "clinician_review", "urgent")


@given(answer_sheets)
def test_the_worst_answer_alone_comes_to_the_same(answers: Any) -> None:
    alone = [assess(ITEMS, SAFE | {name: answer}).result for name, answer in answers.items()]
    assert assess(ITEMS, answers).result == max(alone, key=PRESSING.index)


@given(answer_sheets)
def test_proceed_means_that_nothing_was_found(answers: Any) -> None:
    assessment = assess(ITEMS, answers)
    assert (assessment.result == Result.PROCEED) == (assessment.findings == ())


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
    assert assess(ITEMS, SAFE | {item: answer}).result == result


def test_a_scale_is_summed_only_when_it_is_whole() -> None:
    phq = {f"phq9_{number}": number % 4 for number in range(1, 9)}
    assert assess(ITEMS, SAFE | phq).scores == {}
    gad = {f"gad7_{number}": 3 for number in range(1, 8)}
    assert assess(ITEMS, SAFE | phq | gad | {"phq9_9": 0}).scores == {"phq9": 12, "gad7": 21}


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
        assess(ITEMS, SAFE | change)
    assert list(refusal.value.errors) == [wrong]


def test_nothing_answered_names_every_required_question() -> None:
    with pytest.raises(BadAnswers) as refusal:
        assess(ITEMS, {})
    assert set(refusal.value.errors) == set(SAFE)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_exists_in_both_languages(language: str) -> None:
    def texts(node: Any) -> Iterator[Any]:
        if isinstance(node, dict):
            if "en" in node or "es" in node:
                yield node
            for value in node.values():
                yield from texts(value)
        elif isinstance(node, list):
            for value in node:
                yield from texts(value)

    found = list(texts(QUESTIONNAIRE.document))
    assert len(found) > 35
    assert all(text[language].strip() for text in found)
    assert not any(text["en"] == text["es"] for text in found)


def test_every_finding_cites_its_source() -> None:
    safety = [item for section in QUESTIONNAIRE.document["sections"] for item in section["items"] if "leads_to" in item]
    assert len(safety) == 11
    assert all("docs/facts.md" in item["source"] for item in safety)


def test_what_a_member_sees_does_not_give_the_rules_away() -> None:
    shown = json.dumps(QUESTIONNAIRE.in_language("es"), ensure_ascii=False)
    assert "leads_to" not in shown
    assert "facts.md" not in shown
    assert "Su seguridad" in shown
