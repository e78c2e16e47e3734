"""A session as a file for one's calendar, and the page behind a reminder's link."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from referrals.courses.queries import get_session
from referrals.courses.rules import SessionStatus
from referrals.reminders.services.links import LinkNotValid, is_open, open_link
from referrals.reminders.services.wording import appointment_of
from workers.emails.calendars import to_ics
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.web import Page, language


class SessionFile(Page):
    """The same entry that was mailed: a calendar that has it knows it again. What is not agreed on is in none."""

    roles = ("employee",)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer with the file. Raises NotFound, also for another's session."""
        session_id: UUID = kwargs["session_id"]
        session, user = get_session(session_id), self.request.user
        if session.status != SessionStatus.SCHEDULED or not user.is_authenticated:
            raise NotFound("There is no such appointment.")
        entry = to_ics(appointment_of(session, language=language()), to=user.email, now=clock.now())
        name = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
        return HttpResponse(entry, content_type="text/calendar; charset=utf-8", headers=name)


class OneAppointment(View):
    """An appointment without a sign-in, once. Opening the page uses nothing up: mail scanners open links."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Offer to show it, or say that the link shows nothing any more."""
        token = request.GET.get("token", "")
        if not is_open(token, now=clock.now()):
            return _page(request, "gone", status=404)
        return _page(request, "closed", token=token)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show it, and use the link up."""
        try:
            shown = open_link(token=request.POST.get("token", ""), now=clock.now())
        except LinkNotValid as refusal:
            return _page(request, "gone", status=refusal.status)
        return _page(request, "open", session=shown.session, clinic=shown.clinic, zone=shown.zone)


def _page(request: HttpRequest, state: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    return render(request, "referrals/appointment.html", {"state": state} | shown, status=status)
