"""A referral that the clinic accepted: who it is, what they wish, their questionnaire, their appointments."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from referrals import messages as said
from referrals.clinic_updates.rules import Channel
from referrals.clinic_updates.services.applying import answer
from referrals.clinics.web import ClinicPage
from referrals.courses.models import Course, Session
from referrals.courses.queries import list_courses
from referrals.courses.rules import SessionStatus
from referrals.courses.services.calendars import get_calendar, name_therapist
from referrals.offers.services import read_referral
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound


class ClinicReferral(ClinicPage):
    """One referral with the member's name and contact; unknown before the clinic accepts, and to other clinics."""

    template_name = "referrals/full_referral.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The referral in full; who reads it is kept. Raises NotFound."""
        user: Any = self.request.user
        now = clock.now()
        referral = read_referral(request_id=kwargs["request_id"], reader=user, now=now)
        course = list_courses().filter(request_id=kwargs["request_id"]).first()
        return super().get_context_data(
            referral=referral,
            course=course,
            proposed=_proposed(course, now) if course else [],
            therapists=get_calendar(clinic_id=self.clinic_id()).therapists,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Confirm every time that is proposed, or say who gives the sessions. Raises NotFound."""
        course = Course.objects.filter(request_id=kwargs["request_id"]).first()
        if course is None:
            raise NotFound("There is no such course.")
        if request.POST.get("act") == "confirm_all":
            self._confirm(request, course)
            return redirect(request.path)
        code = request.POST.get("therapist", "")
        try:
            name_therapist(course_id=course.pk, clinic_id=self.clinic_id(), code=code, now=clock.now())
        except NotFound:
            raise
        except DomainError:
            messages.error(request, _("Your calendar names nobody of that name any more. Choose again."))
        else:
            messages.success(request, _("Noted. What is only proposed moves to the days on which they work."))
        return redirect(request.path)

    def _confirm(self, request: HttpRequest, course: Course) -> None:
        """Confirm the proposals as the page showed them; one that has changed since is left to be looked at."""
        seen, now = set(request.POST.getlist("seen")), clock.now()
        shown = [one for one in _proposed(course, now) if _as_seen(one) in seen]
        done = sum(self._is_confirmed(one, now) for one in shown)
        if done < len(seen):
            messages.warning(request, _("Some have changed since you opened the page: look at them one by one."))
        if done:
            messages.success(request, _("Confirmed. The member is told."))

    def _is_confirmed(self, session: Session, now: datetime) -> bool:
        data = said.SessionScheduled(
            course_id=session.course_id,
            session_id=session.pk,
            starts_at=session.starts_at,
            expected_version=session.version,
        )
        try:
            answer(clinic_id=self.clinic_id(), data=data, channel=Channel.PORTAL, now=now)
        except DomainError:
            return False
        return True


def _proposed(course: Course, now: datetime) -> list[Session]:
    """Appointments ahead whose time is proposed and possible, in their order."""
    sessions = sorted(course.sessions.all(), key=lambda session: session.sequence)
    return [one for one in sessions if one.starts_at > now and _waits_for_a_word(one)]


def _waits_for_a_word(session: Session) -> bool:
    return session.status == SessionStatus.PROPOSED and not session.problem and session.suggested_starts_at is None


def _as_seen(session: Session) -> str:
    return f"{session.pk}.{session.version}"
