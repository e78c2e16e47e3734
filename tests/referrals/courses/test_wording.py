"""Why a session has no time, and on which holidays a clinic is closed, in the reader's language."""

import holidays
import pytest
from django.utils.translation import override

from referrals.courses.rules.holiday_names import NAMES
from referrals.courses.web.wording import holiday_in_words, problem_in_words
from referrals.protocols.rules import wording
from workers.kernel.words import Sentence

STATES = [None, *holidays.list_supported_countries()["US"]]
YEARS = range(2024, 2041)


def test_every_holiday_of_every_state_has_its_words():
    named = {
        name
        for state in STATES
        for names in holidays.country_holidays("US", subdiv=state, years=YEARS).values()
        for name in names.split("; ")
    }
    assert {name.removesuffix(" (observed)") for name in named} <= set(NAMES)
    with override("es"):
        assert [name for name in named if holiday_in_words(name) == name] == []


def test_two_holidays_on_one_day_are_both_said():
    with override("es"):
        assert holiday_in_words("Alaska Day (observed); Columbus Day") == "Día de Alaska (trasladado) · Día de Colón"
        assert holiday_in_words("") == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            "Dosing session finds no time 7 to 14 days after March 9, 2026; "
            "Integration session has to follow 24 to 48 hours after it; the clinic is closed; "
            "closed then for Memorial Day",
        ),
        (
            "es",
            "Sesión de dosificación: no hay hora de 7 a 14 días después del 9 de marzo de 2026; "
            "Sesión de integración: tiene que seguir de 24 a 48 horas después; la clínica está cerrada; "
            "entonces está cerrado por Día de los Caídos",
        ),
    ],
)
def test_a_problem_is_said_clause_by_clause(language, words):
    problem = (
        "dosing finds no time 7 to 14 days after 2026-03-09; integration has to follow 24 to 48 hours after it; "
        "the clinic is closed; closed then for Memorial Day"
    )
    with override(language):
        assert problem_in_words(problem) == words


EXAMPLES = {
    "kind": "integration",
    "other": "dosing",
    "distance": "24 to 48 hours",
    "day": "2026-03-09",
    "holiday": "Labor Day",
}


@pytest.mark.parametrize("sentence", [one for one in vars(wording).values() if isinstance(one, Sentence)])
def test_each_of_the_planners_sentences_has_its_words(sentence):
    said = sentence(**EXAMPLES)
    with override("es"):
        told = problem_in_words(said)
    assert told != said
    assert not {"dosing", "integration", "hours", "time", "session", "2026-03-09"} & set(told.lower().split())
