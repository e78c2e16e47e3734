"""One appointment: what is known of it, and a form for each thing that the clinic can say about it.

What is said here goes the way of a webhook message (services.applying.answer): one outcome, one history.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals import messages as said
from referrals.clinic_updates.rules import Channel
from referrals.clinic_updates.services.applying import answer
from referrals.clinic_updates.web.forms import Act, ActForm, CancelForm, MomentForm
from referrals.clinics.queries import get_clinic
from referrals.clinics.web import ClinicPage
from referrals.courses.models import Session
from referrals.courses.queries import get_session, list_steps
from referrals.courses.rules import FINAL, OPEN, SessionStatus
from referrals.courses.services.refusals import Superseded
from referrals.courses.web.wording import problem_in_words
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound


class ClinicSession(ClinicPage):
    """An appointment of the clinic's."""

    template_name = "referrals/clinic_session.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With its history. Raises NotFound, also for another clinic's."""
        now, clinic = clock.now(), get_clinic(self.clinic_id())
        session = get_session(kwargs.pop("session_id"))
        ends_at = min(session.ends_at, now)
        forms = {
            "moving": MomentForm.showing(session.starts_at, zone=clinic.timezone, prefix="move"),
            "completing": MomentForm.showing(ends_at, zone=clinic.timezone, prefix="complete"),
            "cancelling": CancelForm(),
        }
        return super().get_context_data(
            clinic=clinic,
            session=session,
            problem=problem_in_words(session.problem),
            steps=[step for step in list_steps(session.course_id) if step.session_id == session.pk],
            is_open=session.status in OPEN,
            is_final=session.status in FINAL,
            has_begun=session.starts_at <= now,
            **{**forms, **kwargs},
        )

    def post(self, request: HttpRequest, session_id: UUID) -> HttpResponseBase:
        """Do what a button says; what is refused is said, and changes nothing. Raises NotFound."""
        session, clinic = get_session(session_id), get_clinic(self.clinic_id())
        asked = ActForm(request.POST)
        if not asked.is_valid():
            raise NotFound("There is no such action.")
        act = Act(asked.cleaned_data["act"])
        details = _details(act, request, clinic.timezone)
        if details and not details.is_valid():
            return self._again(session_id, {_FORMS[act]: details}, 422)
        told = (details.cleaned_data if details else {}) | {"expected_version": asked.cleaned_data["version"]}
        try:
            data = _MESSAGES[act](session, told)
            answer(clinic_id=clinic.pk, data=data, channel=Channel.PORTAL, now=clock.now())
        except NotFound:
            raise
        except DomainError as refusal:
            return self._again(session_id, {"refusal": _in_words(refusal)}, refusal.status)
        messages.success(request, _DONE[act]())
        return redirect("page-clinic-session", session_id=session_id)

    def _again(self, session_id: UUID, shown: dict[str, Any], status: int) -> HttpResponseBase:
        return self.render_to_response(self.get_context_data(session_id=session_id, **shown), status=status)


def _details(act: Act, request: HttpRequest, zone: str) -> Any:
    """The form that an act needs filled in; None for one that is a button."""
    if act in (Act.MOVE, Act.COMPLETE):
        return MomentForm(request.POST, zone=zone, prefix=str(act))
    return CancelForm(request.POST) if act == Act.CANCEL else None


def _appointed(session: Session, starts_at: datetime, version: int) -> said.Data:
    if session.status == SessionStatus.PROPOSED:
        return said.SessionScheduled(
            course_id=session.course_id, session_id=session.pk, starts_at=starts_at, expected_version=version
        )
    return said.SessionRescheduled(session_id=session.pk, starts_at=starts_at, expected_version=version)


def _suggested(session: Session) -> datetime:
    if session.suggested_starts_at is None:
        raise Superseded("No other time is suggested any more.", state=session.status)
    return session.suggested_starts_at


_FORMS = {Act.MOVE: "moving", Act.COMPLETE: "completing", Act.CANCEL: "cancelling"}
_MESSAGES: Mapping[Act, Callable[[Session, dict[str, Any]], said.Data]] = {
    Act.CONFIRM: lambda one, told: _appointed(one, one.starts_at, told["expected_version"]),
    Act.TAKE: lambda one, told: _appointed(one, _suggested(one), told["expected_version"]),
    Act.MOVE: lambda one, told: _appointed(one, told["moment"], told["expected_version"]),
    Act.COMPLETE: lambda one, told: said.SessionCompleted(
        session_id=one.pk, completed_at=told["moment"], expected_version=told["expected_version"]
    ),
    Act.NO_SHOW: lambda one, told: said.SessionNoShow(session_id=one.pk, expected_version=told["expected_version"]),
    Act.CANCEL: lambda one, told: said.SessionCancelled(
        session_id=one.pk, reason=told["reason"], expected_version=told["expected_version"]
    ),
}
_DONE: Mapping[Act, Callable[[], str]] = {
    Act.CONFIRM: lambda: _("Confirmed. The member is told."),
    Act.TAKE: lambda: _("Moved to the suggested time. The member is told."),
    Act.MOVE: lambda: _("Moved. The member is told."),
    Act.COMPLETE: lambda: _("Noted: it took place."),
    Act.NO_SHOW: lambda: _("Noted: they did not come. They can ask for another appointment."),
    Act.CANCEL: lambda: _("Called off. The member is told."),
}


def _in_words(refusal: DomainError) -> str:
    """Why it was refused, and what to do."""
    return {
        "version_changed": _("Somebody changed this appointment since you opened the page. Look at it as it is now."),
        "superseded": _("Somebody changed this appointment since you opened the page. Look at it as it is now."),
        "session_final": _("This appointment is over: nothing moves it any more."),
        "overlapping_session": _("The member has another appointment at that time. Choose another one."),
        "implausible_time": _("That time is too far away, or lies ahead where it should be over. Check the day."),
    }.get(refusal.code, _("That did not work. Please look at the appointment again."))
