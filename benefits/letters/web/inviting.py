"""HR's page on which an employee's invitation is sent once more."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.accounts.models import HrPermission
from benefits.enrollment.models import Member
from benefits.enrollment.queries import get_on_roster
from benefits.enrollment.services import ask_to_invite
from benefits.letters import services
from benefits.letters.rules import ASKED_PER_HOUR
from workers.kernel import clock
from workers.kernel.errors import NotFound
from workers.kernel.limits import seconds_to_wait
from workers.kernel.web import Page

_WAYS = {"email": ask_to_invite, "letter": services.order}


class InviteAgain(Page):
    """By e-mail or by a letter; the page is the same whatever the employee did with the last one."""

    template_name = "benefits/invite_again.html"
    roles = ("hr_admin",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Raises NotFound, also for who may not change people."""
        return super().get_context_data(member=self._member(kwargs["member_id"]), **kwargs)

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        """Ask for it; whether it can be done is not told. Raises NotFound."""
        member, ask = self._member(member_id), _WAYS.get(request.POST.get("by", ""))
        if ask is None:
            raise NotFound("There is nothing to do here.")
        hour = int(timedelta(hours=1).total_seconds())
        if seconds_to_wait(f"member-invitations/{request.user.pk}", most=ASKED_PER_HOUR, window=hour):
            messages.error(request, _("You asked for many within this hour: go on in the next one."))
        else:
            ask(member_id=member.pk, now=clock.now())
            messages.success(request, _("Asked for. Whether they open it is told to nobody."))
        return redirect("page-employee", member.pk)

    def _member(self, member_id: UUID) -> Member:
        if HrPermission.PEOPLE not in getattr(self.request.user, "permissions", ()):
            raise NotFound("There is nothing to do here.")
        return get_on_roster(member_id)
