"""A plan's terms in plain words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.plans.forms import FORMAT_WORDS, LABELS, ROUTE_WORDS
from benefits.plans.models import Plan
from benefits.plans.rules import Reset, Terms
from workers.kernel.money import dollars

KIND_WORDS = {
    "consultation": gettext_lazy("Medical consultation"),
    "preparation": gettext_lazy("Preparation"),
    "dosing": gettext_lazy("Treatment session"),
    "integration": gettext_lazy("Integration"),
    "follow_up": gettext_lazy("Follow-up"),
}
_RESET_WORDS = {
    Reset.ANNIVERSARY: gettext_lazy("with each year of the plan"),
    Reset.CALENDAR_YEAR: gettext_lazy("on 1 January"),
    Reset.LIFETIME: gettext_lazy("never"),
}


def in_words(plan: Plan) -> dict[str, Any]:
    """What the template of a plan's terms says beside the plan's own columns."""
    return {
        "plan": plan,
        "annual_cap": dollars(plan.annual_cap_cents),
        "lifetime_cap": "" if plan.lifetime_cap_cents is None else dollars(plan.lifetime_cap_cents),
        "deductible": dollars(plan.deductible_cents) if plan.deductible_cents else "",
        "routes": [ROUTE_WORDS.get(code, code) for code in plan.covered_routes],
        "formats": [FORMAT_WORDS.get(code, code) for code in plan.covered_formats],
        "contributions": [_contribution(one) for one in plan.contributions.all()],
    }


def _contribution(one: Any) -> dict[str, Any]:
    return {
        "kind": KIND_WORDS.get(one.session_kind, one.session_kind),
        "percent": one.percent,
        "fixed": "" if one.fixed_cents is None else dollars(one.fixed_cents),
        "cap": "" if one.annual_cap_cents is None else dollars(one.annual_cap_cents),
        "sessions": one.sessions_per_year,
    }


def differing(before: Terms, after: Terms) -> list[tuple[Any, Any, Any]]:
    """Return each term that is another one, but for the days from and until: what it is called, was and would be."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _SAYS)
    differ = [(LABELS[name], _SAYS[name](was), _SAYS[name](will)) for name, was, will in pairs if was != will]
    if list(before.contributions) == list(after.contributions):
        return differ
    return [*differ, (LABELS["contributions"], _kinds(before), _kinds(after))]


def as_kept(name: str, value: Any) -> str:
    """Return what a term says in the employer's history, where it is JSON and days are text; a dash for none."""
    if value is None:
        return "–"
    if name == "contributions":
        return ", ".join(str(KIND_WORDS[one["session_kind"]]) for one in value) or "–"
    return str(_SAYS[name](value)) if name in _SAYS else _day(value)


def _kinds(terms: Terms) -> str:
    return ", ".join(str(KIND_WORDS[one.session_kind]) for one in terms.contributions) or "–"


def _limit(value: int | None) -> Any:
    return _("no limit") if value is None else value


def _limit_of_money(cents: int | None) -> str:
    return _("no limit") if cents is None else dollars(cents)


def _listed(words: Mapping[str, Any]) -> Callable[[Sequence[str]], str]:
    return lambda codes: ", ".join(str(words.get(code, code)) for code in codes) or "–"


def _day(day: Any) -> str:
    """A day, also as text."""
    return date_format(date.fromisoformat(day) if isinstance(day, str) else day) if day else "–"


_SAYS: Mapping[str, Callable[[Any], Any]] = {
    "name": str,
    "employer_share_percent": lambda percent: f"{percent} %",
    "annual_cap_cents": dollars,
    "lifetime_cap_cents": _limit_of_money,
    "sessions_per_year": _limit,
    "deductible_cents": dollars,
    "covered_routes": _listed(ROUTE_WORDS),
    "covered_formats": _listed(FORMAT_WORDS),
    "waiting_days": str,
    "run_out_days": str,
    "covers_dependants": lambda covers: _("yes") if covers else _("no"),
    "employee_classes": _listed({}),
    "work_locations": _listed({}),
    "hired_from": _day,
    "hired_until": _day,
    "priority": str,
    "reset": lambda reset: _RESET_WORDS[Reset(reset)],
}
