"""The member's pages of their courses."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from benefits import facade as benefits
from referrals.clinics.queries import get_clinic
from referrals.courses.forms import Act, ActForm, SinceForm, TakeForm
from referrals.courses.models import Course, Session
from referrals.courses.queries import find_next_session, get_course, list_courses
from referrals.courses.queries.times import DAYS, list_free_times
from referrals.courses.rules import ENDED, MISSED, OPEN, Channel, Party, SessionStatus, Who
from referrals.courses.rules.states import FURTHEST
from referrals.courses.services import asking
from referrals.courses.services.making_up import make_up
from referrals.courses.services.refusals import NoTimeLeft, SessionFinal, Superseded
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
        "no_time_left": "The rules of your treatment leave no time for another one. Please call your clinic.",
        "moved": "Some have moved since you opened the page. Please look at them again.",
        "taken": "That time is no longer free. Please choose another one.",
        "invalid": "That did not work. Please try again.",
    },
    "es": {
        "too_late": "Ya no es posible: la cita ha cambiado. Por favor, mírela otra vez.",
        "no_time_left": "Las reglas de su tratamiento no dejan tiempo para otra. Por favor, llame a su clínica.",
        "moved": "Algunas cambiaron de hora desde que abrió la página. Por favor, mírelas otra vez.",
        "taken": "Esa hora ya no está libre. Por favor, elija otra.",
        "invalid": "Eso no funcionó. Por favor, inténtelo otra vez.",
    },
}


class MemberPage(Page):
    """A page for members, times in their own zone."""

    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the zone."""
        return super().get_context_data(zone=benefits.zone_of(self.request), **kwargs)

    def _refused(self, why: str, status: int) -> HttpResponse:
        context = self.get_context_data(**self.kwargs, refusal=_REFUSALS[language()][why])
        return self.render_to_response(context, status=status)


class OwnCourses(MemberPage):
    """The member's courses."""

    template_name = "referrals/courses.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Newest first."""
        courses = [_course(course) for course in list_courses().order_by("-id")[:_SHOWN]]
        return super().get_context_data(courses=courses, **kwargs)


class NextSession(MemberPage):
    """The member's next appointment, for their home."""

    template_name = "referrals/panel_session.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the clinic where it is held; None when there is none ahead."""
        session = find_next_session(now=clock.now())
        shown = _session(session) | {"course_id": session.course_id} if session else None
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
            return self._refused("invalid", 422)
        try:
            self._act(form.cleaned_data["session_id"], Act(form.cleaned_data["act"]))
        except NotFound:
            raise
        except NoTimeLeft as refusal:
            return self._refused("no_time_left", refusal.status)
        except DomainError as refusal:
            return self._refused("too_late", refusal.status)
        return redirect("page-course", course_id=course_id)

    def _agree(self, course_id: UUID) -> HttpResponse:
        """Say yes to times as the page showed them; one that has moved since is to be looked at. Raises NotFound."""
        seen = set(self.request.POST.getlist("seen"))
        for session in get_course(course_id).sessions.all():
            if _as_seen(session) in seen:
                with suppress(SessionFinal, Superseded):
                    asking.agree(**_about(self.request, session.pk), version=session.version)
                    seen.discard(_as_seen(session))
        return self._refused("moved", 409) if seen else redirect("page-course", course_id=course_id)

    def _act(self, session_id: UUID, act: Act) -> None:
        about = _about(self.request, session_id)
        if act == Act.MAKE_UP:
            make_up(**about)
        elif act == Act.CALL_OFF:
            asking.cancel(**about)
        else:
            asking.answer(**about, accept=act == Act.TAKE)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's course."""
        course = get_course(kwargs["course_id"])
        return super().get_context_data(course=_course(course), clinic=get_clinic(course.clinic_id), **kwargs)


class OtherTimes(MemberPage):
    """The times at which a session of the member's could be instead, and taking one of them."""

    template_name = "referrals/session_times.html"

    def post(self, request: HttpRequest, course_id: UUID, session_id: UUID) -> HttpResponse:
        """Move the session, and show the course; a time that is not free is said, and changes nothing."""
        form = TakeForm(request.POST)
        if not form.is_valid():
            return self._refused("invalid", 422)
        try:
            asking.move(**_about(request, session_id), starts_at=form.cleaned_data["starts_at"])
        except NotFound:
            raise
        except DomainError as refusal:
            return self._refused("too_late" if isinstance(refusal, SessionFinal) else "taken", refusal.status)
        return redirect("page-course", course_id=course_id)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The session, the free times by day where the member lives, and from when on more can be shown.

        Raises NotFound, also for another's session.
        """
        session = _own(get_course(kwargs["course_id"]), kwargs["session_id"])
        form, now = SinceForm(self.request.GET), clock.now()
        today = now.date()
        since = (form.cleaned_data["since"] if form.is_valid() else None) or today
        times = list_free_times(session_id=session.pk, member_id=session.member_id, since=since, now=now)
        return super().get_context_data(
            session=_session(session),
            times=times,
            more_since=min(max(since, today), today + FURTHEST) + timedelta(days=DAYS),
            **kwargs,
        )


def _own(course: Course, session_id: UUID) -> Session:
    for session in course.sessions.all():
        if session.pk == session_id:
            return session
    raise NotFound("There is no such session.")


def _about(request: HttpRequest, session_id: UUID) -> dict[str, Any]:
    """What every service is told: which session, whose, and who says it."""
    user: Any = request.user
    who = Who(party=Party.MEMBER, channel=Channel.PORTAL, user_id=user.pk)
    return {"session_id": session_id, "member_id": user.member_id, "who": who, "now": clock.now()}


def _course(course: Course) -> dict[str, Any]:
    listed = list(course.sessions.all())
    made_up = {session.makes_up_id for session in listed}
    sessions = [
        _session(session) | {"can_be_made_up": course.status not in ENDED and _is_missed(session, made_up)}
        for session in listed
    ]
    waiting, status = sum(_waits_for_a_yes(session) for session in listed), _WORDS[language()][course.status]
    return {"id": course.pk, "status": status, "sessions": sessions, "waiting": waiting}


def _waits_for_a_yes(session: Session) -> bool:
    """Whether its time is proposed, possible, and nobody has said that it suits."""
    is_settled = session.agreed_at or session.suggested_starts_at or session.problem
    return session.status == SessionStatus.PROPOSED and not is_settled


def _as_seen(session: Session) -> str:
    return f"{session.pk}.{session.version}"


def _is_missed(session: Session, made_up: Collection[UUID | None]) -> bool:
    return session.status in MISSED and session.pk not in made_up


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
        "seen": _as_seen(session) if _waits_for_a_yes(session) else "",
        "suggested_at": session.suggested_starts_at,
        "problem": bool(session.problem),
    }
