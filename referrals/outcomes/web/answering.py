"""The questions, behind a mailed link and in the portal.

Opening a link changes nothing: mail scanners open links, and ask for HEAD.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from referrals.outcomes.models import Outcome
from referrals.outcomes.queries import find_by_token, get_outcome, questions_of
from referrals.outcomes.services.answering import answer, answer_by_link
from referrals.screening.queries import current_questionnaire
from referrals.screening.rules.questionnaires import Questionnaire, is_urgent
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, language


class Questions(View):
    """A few questions, none of which has to be answered."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them, or that the link asks nothing any more."""
        outcome = find_by_token(request.GET.get("token", ""))
        if outcome is None or not _is_open(outcome):
            return _page(request, "gone", status=404)
        return _asked(request, outcome, token=request.GET["token"])

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the answers once, and show whom to call where one of them says so, whatever else is wrong."""
        answers, now = _answers(request), clock.now()
        urgent = _help(answers)
        try:
            answer_by_link(token=request.POST.get("token", ""), answers=answers, now=now)
        except DomainError as error:
            return _page(request, "refused", crisis_help=urgent, status=error.status)
        return _page(request, "answered", crisis_help=urgent)


class OwnQuestions(Page):
    """The same questions for a member who is signed in."""

    roles = ("employee",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show them, or that they are asked no more. Raises NotFound."""
        outcome = get_outcome(kwargs["outcome_id"])
        if not _is_open(outcome):
            return _page(request, "gone", status=404)
        return _asked(request, outcome)

    def post(self, request: HttpRequest, outcome_id: UUID) -> HttpResponse:
        """As behind the link; then lead to how the sums moved, unless somebody is to be called first."""
        user: Any = request.user
        answers = _answers(request)
        urgent = _help(answers)
        try:
            outcome = answer(outcome_id=outcome_id, member_id=user.member_id, answers=answers, now=clock.now())
        except NotFound:
            raise
        except DomainError as error:
            return _page(request, "refused", crisis_help=urgent, status=error.status)
        if urgent:
            return _page(request, "answered", crisis_help=urgent, course_id=outcome.course_id)
        messages.success(request, _("Thank you. Your answers are kept."))
        return redirect("page-outcomes", course_id=outcome.course_id)


def _answers(request: HttpRequest) -> dict[str, object]:
    """The chosen grades, by the ids of the items; what is no grade the service refuses."""
    given = {name[2:]: value for name, value in request.POST.items() if name.startswith("q-") and value != ""}
    return {name: int(value) if value in ("0", "1", "2", "3") else value for name, value in given.items()}


def _help(answers: dict[str, object]) -> dict[str, Any] | None:
    questions: Questionnaire = current_questionnaire(clock.now())
    return questions.crisis_help.shown(language()) if is_urgent(questions, answers) else None


def _is_open(outcome: Outcome) -> bool:
    return outcome.answered_at is None and outcome.expires_at is not None and clock.now() < outcome.expires_at


def _asked(request: HttpRequest, outcome: Outcome, *, token: str = "") -> HttpResponse:
    shown = questions_of(outcome.questionnaire).in_language(language())
    return _page(request, "asked", sections=shown["sections"], token=token)


def _page(request: HttpRequest, state: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "referrals/questions.html", {"state": state} | shown, status=status)
