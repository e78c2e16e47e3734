"""What the member's pages show of courses and their sessions, and how refusals are said."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from benefits import facade as benefits
from referrals.courses.models import Course, Session
from referrals.courses.rules import ENDED, MISSED, OPEN, Channel, Party, SessionStatus, Who
from workers.kernel import clock
from workers.kernel.web import Page, language

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
REFUSALS = {
    "en": {
        "too_late": "That is no longer possible: the appointment has changed. Please look at it again.",
        "no_time_left": "The rules of your treatment leave no time for another one. Please call your clinic.",
        "moved": "Some have moved since you opened the page. Please look at them again.",
        "taken": "That time is no longer free. Please choose another one.",
        "none": "Choose one of the times first.",
        "invalid": "That did not work. Please try again.",
    },
    "es": {
        "too_late": "Ya no es posible: la cita ha cambiado. Por favor, mírela otra vez.",
        "no_time_left": "Las reglas de su tratamiento no dejan tiempo para otra. Por favor, llame a su clínica.",
        "moved": "Algunas cambiaron de hora desde que abrió la página. Por favor, mírelas otra vez.",
        "taken": "Esa hora ya no está libre. Por favor, elija otra.",
        "none": "Elija primero una de las horas.",
        "invalid": "Eso no funcionó. Por favor, inténtelo otra vez.",
    },
}


class MemberPage(Page):
    """A page for members, times in their own zone."""

    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the zone."""
        return super().get_context_data(zone=benefits.zone_of(self.request), **kwargs)

    def refused(self, why: str, status: int) -> HttpResponse:
        """Show the page again with why nothing was done, by one of REFUSALS."""
        context = self.get_context_data(**self.kwargs, refusal=REFUSALS[language()][why])
        return self.render_to_response(context, status=status)


def told_by(request: HttpRequest, session_id: UUID) -> dict[str, Any]:
    """What every service is told: which session, whose, and who says it."""
    user: Any = request.user
    who = Who(party=Party.MEMBER, channel=Channel.PORTAL, user_id=user.pk)
    return {"session_id": session_id, "member_id": user.member_id, "who": who, "now": clock.now()}


def shown_course(course: Course) -> dict[str, Any]:
    """Return what is shown of a course, and how many of its times wait for the member's yes."""
    listed = list(course.sessions.all())
    made_up = {session.makes_up_id for session in listed}
    sessions = [
        shown_session(session) | {"can_be_made_up": course.status not in ENDED and _is_missed(session, made_up)}
        for session in listed
    ]
    waiting, status = sum(waits_for_a_yes(session) for session in listed), _WORDS[language()][course.status]
    return {"id": course.pk, "status": status, "sessions": sessions, "waiting": waiting}


def waits_for_a_yes(session: Session) -> bool:
    """Whether its time is proposed, possible, and nobody has said that it suits."""
    is_settled = session.agreed_at or session.suggested_starts_at or session.problem
    return session.status == SessionStatus.PROPOSED and not is_settled


def as_seen(session: Session) -> str:
    """Return a session as a page shows it; once it has changed it is another."""
    return f"{session.pk}.{session.version}"


def _is_missed(session: Session, made_up: Collection[UUID | None]) -> bool:
    return session.status in MISSED and session.pk not in made_up


def shown_session(session: Session) -> dict[str, Any]:
    """Return what is shown of a session."""
    words = _WORDS[language()]
    return {
        "kind": words[session.kind],
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "status": words[session.status],
        "code": session.status,
        "id": session.pk,
        "is_open": session.status in OPEN,
        "seen": as_seen(session) if waits_for_a_yes(session) else "",
        "version": session.version,
        "suggested_at": session.suggested_starts_at,
        "problem": bool(session.problem),
    }
