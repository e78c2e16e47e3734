"""What a clinic may read: nothing without consent, and of what 42 CFR Part 2 protects nothing without its own."""

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from referrals.screening.queries import CURRENT, get_questionnaire
from referrals.screening.rules.consents import ConsentKind
from referrals.screening.rules.disclosing import NEEDED, disclose
from referrals.screening.rules.questionnaires import ANSWERS
from referrals.screening.rules.scoring import weigh

QUESTIONNAIRE = get_questionnaire(CURRENT)
PROTECTED = [item for item in QUESTIONNAIRE.items if item.is_substance_use]
sheets = st.fixed_dictionaries(
    {item.id: st.sampled_from(ANSWERS[item.kind]) for item in QUESTIONNAIRE.items if item.is_required},
    optional={item.id: st.sampled_from(ANSWERS[item.kind]) for item in QUESTIONNAIRE.items if not item.is_required},
)
consents = st.sets(st.sampled_from(list(ConsentKind)))
protected_answers = st.fixed_dictionaries(
    {}, optional={item.id: st.sampled_from(ANSWERS[item.kind]) for item in PROTECTED}
)


def seen(answers: Any, given_consents: Any) -> str:
    """All that a clinic gets, as the bytes that it gets."""
    disclosure = disclose(QUESTIONNAIRE, answers, given_consents)
    return json.dumps(disclosure and asdict(disclosure))


@given(sheets, protected_answers, consents)
def test_without_its_own_consent_a_protected_answer_changes_nothing_of_what_is_seen(
    answers: Any, others: Any, given_consents: Any
) -> None:
    without = {name: answer for name, answer in answers.items() if name not in {item.id for item in PROTECTED}}
    unlike = without | others
    given_consents -= {ConsentKind.SUBSTANCE_USE}
    assert seen(answers, given_consents) == seen(unlike, given_consents)


@given(sheets, consents)
def test_no_combination_of_consents_names_a_protected_question_without_its_own(
    answers: Any, given_consents: Any
) -> None:
    text = seen(answers, given_consents)
    named = [item.id for item in PROTECTED if f'"{item.id}"' in text]
    assert not named or given_consents == set(ConsentKind)


@given(sheets, consents)
def test_nothing_at_all_is_seen_without_the_two_that_are_needed(answers: Any, given_consents: Any) -> None:
    is_shown = {"screening", "clinic"} <= given_consents
    assert (disclose(QUESTIONNAIRE, answers, given_consents) is not None) == is_shown


@given(sheets)
def test_with_every_consent_all_is_seen_and_marked(answers: Any) -> None:
    disclosure = disclose(QUESTIONNAIRE, answers, set(ConsentKind))
    assert disclosure is not None
    whole = weigh(QUESTIONNAIRE, answers)
    assert (disclosure.answers, disclosure.result, disclosure.findings) == (answers, whole.result, whole.findings)
    assert disclosure.holds_substance_use


def test_a_result_that_only_a_protected_answer_explains_is_not_told() -> None:
    answers = {item.id: item.id in ("age_18", "substance_use") for item in QUESTIONNAIRE.items if item.is_required}
    assert weigh(QUESTIONNAIRE, answers).result == "clinician_review"
    disclosure = disclose(QUESTIONNAIRE, answers, NEEDED)
    assert disclosure is not None
    assert (disclosure.result, disclosure.findings) == ("proceed", ())
