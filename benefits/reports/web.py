"""HR's page of headcounts; and the member's, of all that HR can learn about them."""

import json
from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import resolve, reverse

from benefits.accounts.models import User, UserRole
from benefits.enrollment.forms import FIELD_WORDS, LANGUAGES, STATUS_WORDS
from benefits.reports.queries import headcounts, list_quarters, movements
from benefits.reports.rules import ROUNDED_TO, SMALLEST_CELL
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.web import Page

_QUARTERS = 40


class Headcounts(Page):
    """How many members each plan covers today, how many came and went, and the settled quarters; never who uses it."""

    template_name = "benefits/enrollment.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The headcounts of today, the last twelve months and this one, the newest quarter first."""
        today = clock.now().date()
        user: Any = self.request.user
        until = today.replace(day=1)
        return super().get_context_data(
            today=today,
            smallest_cell=SMALLEST_CELL,
            rounded_to=ROUNDED_TO,
            plans=headcounts(user.employer_id, on=today),
            months=reversed(movements(user.employer_id, since=until.replace(year=until.year - 1), until=until)),
            quarters=[(_quarter(figure.quarter), figure.reached) for figure in list_quarters()[:_QUARTERS]],
            **kwargs,
        )


def _quarter(first: date) -> str:
    return f"{first.year}-Q{(first.month + 2) // 3}"


class EmployersView(Page):
    """What an employer can learn about the member who reads it: the API's own answers to HR, asked at this moment.

    It is asked as HR, by the same address, and shown whole: nothing is written for this page, so nothing can be
    left out of it.
    """

    template_name = "benefits/employers_view.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The answers, each with its address."""
        user = self.request.user
        assert isinstance(user, User)
        hr = User(role=UserRole.HR_ADMIN, employer_id=user.employer_id)
        with acting_as(Actor(role=Role.HR, employer=user.employer_id)):
            answers = {
                "about_you": self._asked(hr, "member", member_id=user.member_id),
                "history": self._asked(hr, "member-history", member_id=user.member_id),
                "headcounts": self._asked(hr, "enrollment-report"),
                "quarters": self._asked(hr, "quarters-report"),
            }
        facts = _facts(answers["about_you"]["data"])
        return super().get_context_data(facts=facts, answers=list(answers.values()), **answers, **kwargs)

    def _asked(self, hr: User, name: str, **ids: Any) -> dict[str, Any]:
        """Ask as HR would: the address, its status, and what it answers, as data and as it goes over the wire."""
        path = reverse(name, kwargs=ids)
        request = copy(self.request)
        request.user, request.path, request.path_info, request.GET = hr, path, path, QueryDict()
        match = resolve(path)
        answer: Any = match.func(request, *match.args, **match.kwargs)
        text = json.dumps(json.loads(answer.render().content), indent=2, ensure_ascii=False)
        return {"path": path, "status": answer.status_code, "data": answer.data, "text": text}


# What a code of the answer stands for; the answer itself is shown as well, word for word.
_CODES: Mapping[str, Mapping[Any, Any]] = {
    "status": STATUS_WORDS,
    "employment_status": STATUS_WORDS,
    "language": dict(LANGUAGES),
}


def _facts(about_you: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Every field of the answer, in its order: one that has no words of ours is shown by its name."""
    facts = [(name, value) for name, value in about_you.items() if not isinstance(value, list)]
    return [(FIELD_WORDS.get(name, name), _CODES.get(name, {}).get(value, value)) for name, value in facts]
