"""The member's list before a dosing: what they ticked, what they wrote down, and what their clinic asks for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits import facade as benefits
from referrals.courses.models import Session
from referrals.reminders.forms import PreparationForm
from referrals.reminders.queries import find_dosing_ahead, find_list, find_preparation, get_dosing_ahead
from referrals.reminders.rules import PREPARATION
from referrals.reminders.services.preparing import keep_list
from workers.kernel import clock
from workers.kernel.web import Page


class PreparationPanel(Page):
    """The list before the next dosing of a course, for the course's page; nothing where none is ahead."""

    template_name = "referrals/panel_preparation.html"
    roles = ("employee",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page around it may be the answer to a form of its own."""
        return self.get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As it is kept."""
        session = find_dosing_ahead(kwargs["course_id"], now=clock.now())
        about = shown(session) if session else {"session": None}
        return super().get_context_data(zone=benefits.zone_of(self.request), **about, **kwargs)


class OwnPreparation(Page):
    """The same list on a page of its own, and keeping it."""

    template_name = "referrals/preparation.html"
    roles = ("employee",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for another's session and for one that has begun."""
        about = shown(get_dosing_ahead(kwargs["dosing_id"], now=clock.now()))
        return super().get_context_data(**{"zone": benefits.zone_of(self.request), **about, **kwargs})

    def post(self, request: HttpRequest, dosing_id: UUID) -> HttpResponse:
        """Keep it, and lead back to the course. Raises NotFound."""
        form = PreparationForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(dosing_id=dosing_id, form=form), status=422)
        session = get_dosing_ahead(dosing_id, now=clock.now())
        keep_list(session_id=dosing_id, now=clock.now(), **form.kept())
        messages.success(request, _("Your list is kept."))
        return redirect("page-course", course_id=session.course_id)


def shown(session: Session) -> dict[str, Any]:
    """Return the list of a dosing with its form, how much of it is done, and until when one may eat and drink."""
    found, asked = find_list(session.pk), find_preparation(session.clinic_id)
    kept: dict[str, Any] = found.kept if found else {"ticks": [], "intentions": ""}
    return {
        "session": session,
        "form": PreparationForm(initial=kept),
        "done": len(kept["ticks"]),
        "items": len(PREPARATION),
        "eat_until": _until(session, asked.fasting_food_hours if asked else None),
        "drink_until": _until(session, asked.fasting_drink_hours if asked else None),
    }


def _until(session: Session, hours: int | None) -> datetime | None:
    return None if hours is None else session.starts_at - timedelta(hours=hours)
