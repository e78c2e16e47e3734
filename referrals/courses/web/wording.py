"""What rules said in English, in the reader's language: why a session has no time, and why a day is closed."""

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from referrals.protocols.rules.calendars import CLOSED
from referrals.words import WORDS
from workers.kernel.words import Sentence

_DISTANCES = {"days": _("%(least)s to %(most)s days"), "hours": _("%(least)s to %(most)s hours")}


def problem_in_words(problem: str) -> str:
    """Say a session's problem (protocols/rules/wording.py), clause by clause."""
    return "; ".join(_clause(clause) for clause in problem.split("; "))


def holiday_in_words(names: str) -> str:
    """Say a holiday, or those that are on one day."""
    return " · ".join(_holiday(name) for name in names.split("; "))


def _clause(clause: str) -> str:
    if clause == CLOSED:
        return gettext("the clinic is closed")
    words, values = Sentence.taken_apart(clause)
    said = {name: _SAID[name](value) for name, value in values.items()}
    return gettext(words) % said if said else gettext(words)


def _holiday(name: str) -> str:
    words, values = Sentence.taken_apart(name)
    return gettext(words) % {"day": gettext(values["day"])} if "day" in values else gettext(words)


def _distance(words: str) -> str:
    least, _to, most, unit = words.split(" ")
    return gettext(_DISTANCES[unit]) % {"least": least, "most": most}


def _session(kind: str) -> str:
    return str(WORDS["session"].get(kind, kind))


_SAID: Mapping[str, Callable[[str], str]] = {
    "kind": _session,
    "other": lambda kind: _session(kind).lower(),  # in the middle of a sentence
    "distance": _distance,
    "day": lambda day: date_format(date.fromisoformat(day), "DATE_FORMAT"),
    "holiday": _holiday,
}
