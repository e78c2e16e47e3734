"""A session as a file for one's calendar."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from referrals.courses.queries import get_session
from referrals.courses.rules import SessionStatus
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
