"""The member's pages of their courses."""

from typing import Any

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from referrals.courses.models import Course, Session
from referrals.courses.queries import get_course, list_courses
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
    """One course: where it is held, and its sessions in their order."""

    template_name = "referrals/course.html"

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
    }
