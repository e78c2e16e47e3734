"""The member's pages of their courses."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from referrals.courses.forms import Act, ActForm
from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course, list_courses
from referrals.courses.rules import OPEN, Channel, Party, Who
from referrals.courses.services import asking
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, language

_SHOWN = 50
_WORDS = {
    "en": {
        "consultation": "Medical consultation",
        "preparation": "Preparation",
        "dosing": "Treatment session",
        "integration": "Integration",
        "follow_up": "Follow-up",
        "proposed": "Proposed – the clinic will confirm the time",
        "scheduled": "Scheduled",
        "completed": "Completed",
        "cancelled": "Cancelled",
        "no_show": "Missed",
        "planned": "Planned",
        "active": "Under way",
    },
    "es": {
        "consultation": "Consulta médica",
        "preparation": "Preparación",
        "dosing": "Sesión de tratamiento",
        "integration": "Integración",
        "follow_up": "Seguimiento",
        "proposed": "Propuesta – la clínica confirmará la hora",
        "scheduled": "Programada",
        "completed": "Realizada",
        "cancelled": "Cancelada",
        "no_show": "No asistió",
        "planned": "Previsto",
        "active": "En curso",
    },
}


_REFUSALS = {
    "en": {
        "too_late": "That is no longer possible: the appointment has changed. Please look at it again.",
        "invalid": "That did not work. Please try again.",
    },
    "es": {
        "too_late": "Ya no es posible: la cita ha cambiado. Por favor, mírela otra vez.",
        "invalid": "Eso no funcionó. Por favor, inténtelo otra vez.",
    },
}


class MemberPage(Page):
    """A page for members, times in their own zone."""

    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the zone."""
        user: Any = self.request.user
        return super().get_context_data(zone=benefits.get_member(user.member_id).timezone, **kwargs)


class OwnCourses(MemberPage):
    """The member's courses."""

    template_name = "referrals/courses.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        courses = [_course(course) for course in list_courses().order_by("-id")[:_SHOWN]]
        return super().get_context_data(courses=courses, **kwargs)


class OwnCourse(MemberPage):
    """One course: where it is held, and its sessions in their order, with what the member can do about each."""

    template_name = "referrals/course.html"

    def post(self, request: HttpRequest, course_id: UUID) -> HttpResponse:
        """Do what a button says, and show what came of it; what is too late is said, and changes nothing."""
        form = ActForm(request.POST)
        if not form.is_valid():
            return self._refused(course_id, "invalid", 422)
        try:
            self._act(form.cleaned_data["session_id"], Act(form.cleaned_data["act"]))
        except NotFound:
            raise
        except DomainError as refusal:
            return self._refused(course_id, "too_late", refusal.status)
        return redirect("page-course", course_id=course_id)

    def _act(self, session_id: UUID, act: Act) -> None:
        user: Any = self.request.user
        who = Who(party=Party.MEMBER, channel=Channel.PORTAL, user_id=user.pk)
        about = {"session_id": session_id, "member_id": user.member_id, "who": who, "now": clock.now()}
        if act == Act.AGREE:
            asking.agree(**about)
        elif act == Act.CALL_OFF:
            asking.cancel(**about)
        else:
            asking.answer(**about, accept=act == Act.TAKE)

    def _refused(self, course_id: UUID, why: str, status: int) -> HttpResponse:
        context = self.get_context_data(course_id=course_id, refusal=_REFUSALS[language()][why])
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's course."""
        course = get_course(kwargs["course_id"])
        return super().get_context_data(course=_course(course), clinic=get_clinic(course.clinic_id), **kwargs)


def _course(course: Course) -> dict[str, Any]:
    sessions = [_session(session) for session in course.sessions.all()]
    return {"id": course.pk, "status": _WORDS[language()][course.status], "sessions": sessions}


def _session(session: Session) -> dict[str, Any]:
    words = _WORDS[language()]
    return {
        "kind": words[session.kind],
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "status": words[session.status],
        "code": session.status,
        "id": session.pk,
        "is_open": session.status in OPEN,
        "suits": session.agreed_at is not None,
        "suggested_at": session.suggested_starts_at,
        "problem": bool(session.problem),
    }
