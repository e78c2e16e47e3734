"""The member's pages of their courses."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from referrals.clinics.models import Clinic
from referrals.clinics.queries import get_clinic
from referrals.courses.forms import Act, ActForm
from referrals.courses.queries import find_next_session, get_course, list_courses
from referrals.courses.services import asking
from referrals.courses.services.making_up import make_up
from referrals.courses.services.refusals import NoTimeLeft, SessionFinal, Superseded
from referrals.courses.web.shown import MemberPage, as_seen, shown_course, shown_session, told_by
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound

_SHOWN = 50


class OwnCourses(MemberPage):
    """The member's courses."""

    template_name = "referrals/courses.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        courses = list(list_courses().order_by("-id")[:_SHOWN])
        clinics = Clinic.objects.in_bulk({course.clinic_id for course in courses})
        shown = [shown_course(course) | {"clinic": clinics.get(course.clinic_id)} for course in courses]
        return super().get_context_data(courses=shown, **kwargs)


class NextSession(MemberPage):
    """The member's next appointment, for their home."""

    template_name = "referrals/panel_session.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the clinic where it is held; None when there is none ahead."""
        session = find_next_session(now=clock.now())
        shown = shown_session(session) | {"course_id": session.course_id} if session else None
        clinic = get_clinic(session.clinic_id) if session else None
        return super().get_context_data(session=shown, clinic=clinic, **kwargs)


class OwnCourse(MemberPage):
    """One course: where it is held, and its sessions in their order, with what the member can do about each."""

    template_name = "referrals/course.html"

    def post(self, request: HttpRequest, course_id: UUID) -> HttpResponse:
        """Do what a button says, and show what came of it; what is too late is said, and changes nothing."""
        if "seen" in request.POST:
            return self._agree(course_id)
        form = ActForm(request.POST)
        if not form.is_valid():
            return self.refused("invalid", 422)
        try:
            self._act(**form.cleaned_data)
        except NotFound:
            raise
        except NoTimeLeft as refusal:
            return self.refused("no_time_left", refusal.status)
        except DomainError as refusal:
            return self.refused("too_late", refusal.status)
        return redirect("page-course", course_id=course_id)

    def _agree(self, course_id: UUID) -> HttpResponse:
        """Say yes to times as the page showed them; one that has moved since is to be looked at. Raises NotFound."""
        seen = set(self.request.POST.getlist("seen"))
        for session in get_course(course_id).sessions.all():
            if as_seen(session) in seen:
                with suppress(SessionFinal, Superseded):
                    asking.agree(**told_by(self.request, session.pk), version=session.version)
                    seen.discard(as_seen(session))
        return self.refused("moved", 409) if seen else redirect("page-course", course_id=course_id)

    def _act(self, session_id: UUID, act: str, version: int) -> None:
        about = told_by(self.request, session_id)
        if act == Act.MAKE_UP:
            make_up(**about)
        elif act == Act.CALL_OFF:
            asking.cancel(**about, version=version)
        else:
            asking.answer(**about, accept=act == Act.TAKE, version=version)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's course."""
        course = get_course(kwargs["course_id"])
        return super().get_context_data(course=shown_course(course), clinic=get_clinic(course.clinic_id), **kwargs)
