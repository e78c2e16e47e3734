"""HR's pages of who administers the employer, and of what was changed about that."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.accounts.models import HrPermission, User
from benefits.accounts.queries import permissions_tag
from benefits.employers import queries, services
from benefits.employers.forms import PERMISSION_WORDS, InviteForm, PermissionsForm
from benefits.employers.models import EmployerChange
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, rows_of

_SHOWN = 50
CHANGE_WORDS: Mapping[str, Any] = {
    "admin_invited": gettext_lazy("Admin invited"),
    "admin_invitation_revoked": gettext_lazy("Invitation taken back"),
    "admin_permissions_changed": gettext_lazy("Permissions changed"),
    "admin_disabled": gettext_lazy("Admin kept out"),
    "admins_signed_out": gettext_lazy("All admins signed out"),
    "domain_added": gettext_lazy("E-mail domain noted"),
    "domain_removed": gettext_lazy("E-mail domain removed"),
    "brake_set": gettext_lazy("Brake for ending many set"),
    "sign_on_configured": gettext_lazy("Sign-on set up"),
    "sign_on_removed": gettext_lazy("Sign-on removed"),
    "plan_agreed": gettext_lazy("Plan agreed"),
    "plan_drafted": gettext_lazy("Plan drafted"),
    "plan_changed": gettext_lazy("Draft or proposal of a plan changed"),
    "plan_proposed": gettext_lazy("Renewal of a plan proposed"),
    "plan_declined": gettext_lazy("Renewal of a plan declined"),
    "plan_discarded": gettext_lazy("Draft or proposal of a plan withdrawn"),
    "plan_ended": gettext_lazy("Plan ended"),
}


class OwnersPage(Page):
    """A page of HR's on which only owners do something."""

    roles = ("hr_admin",)

    def is_owner(self) -> bool:
        """Whether the reader is one."""
        return HrPermission.OWNER in getattr(self.request.user, "permissions", ())

    def owner(self) -> User:
        """Return the owner who does something. Raises NotFound for who is none."""
        user = self.request.user
        if not isinstance(user, User) or not self.is_owner():
            raise NotFound("There is nothing to do here.")
        return user


class Admins(OwnersPage):
    """The employer's admins, whom was asked to be one, and the e-mail domains that are the employer's."""

    template_name = "benefits/admins.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Owners see a form for each admin."""
        user: Any = self.request.user
        kwargs.setdefault("form", InviteForm())
        admins = queries.list_admins(user.employer_id).order_by("-is_active", "email")[:_SHOWN]
        invited = queries.list_invitations(user.employer_id, now=clock.now()).order_by("email")[:_SHOWN]
        return super().get_context_data(
            admins=[_shown(admin) for admin in admins],
            invited=[(one, _words(one.permissions)) for one in invited],
            domains=[one.domain for one in queries.list_domains(user.employer_id).order_by("domain")],
            is_owner=self.is_owner(),
            **kwargs,
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Invite, change, keep out, sign out; what is refused is said. Raises NotFound."""
        owner = self.owner()
        action = request.POST.get("action", "")
        if action == "invite":
            return self._invite(owner)
        act = _ACTS.get(action)
        if act is None:
            raise NotFound("There is nothing to do here.")
        try:
            messages.success(request, act(request, owner))
        except NotFound:
            raise
        except DomainError as error:
            messages.error(request, str(error))
        return redirect("page-admins")

    def _invite(self, owner: User) -> HttpResponse:
        form = InviteForm(self.request.POST)
        if form.is_valid():
            about: dict[str, Any] = {"employer_id": owner.employer_id, "by": owner.pk, "now": clock.now()}
            try:
                services.invite_admin(**about, **form.cleaned_data)
            except DomainError as error:
                form.add_error("email", str(error))
            else:
                messages.success(self.request, _("Invited. The link that was mailed works for a few days."))
                return redirect("page-admins")
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _change(request: HttpRequest, owner: User) -> str:
    form = PermissionsForm(request.POST)
    if not form.is_valid():
        raise NotFound("There is nothing to do here.")
    told = form.cleaned_data
    services.set_permissions(
        user_id=told["admin_id"],
        permissions=set(told["permissions"]),
        expected=told["seen"],
        by=owner.pk,
        now=clock.now(),
    )
    return _("Changed. It counts from their next click.")


def _disable(request: HttpRequest, owner: User) -> str:
    services.disable_admin(user_id=_id_in(request, "admin_id"), by=owner.pk, now=clock.now())
    return _("Kept out, and signed out everywhere.")


def _revoke(request: HttpRequest, owner: User) -> str:
    services.revoke_invitation(invitation_id=_id_in(request, "invitation_id"), by=owner.pk, now=clock.now())
    return _("Taken back: the link opens nothing any more.")


_ACTS: Mapping[str, Callable[[HttpRequest, User], str]] = {"change": _change, "disable": _disable, "revoke": _revoke}


class History(OwnersPage):
    """What was changed about admins, sign-on, domains and plans, the newest first; for owners."""

    template_name = "benefits/history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who is no owner is told whom to ask. Raises NotFound for a page that is none."""
        if not self.is_owner():
            return super().get_context_data(is_owner=False, **kwargs)
        user: Any = self.request.user
        page = rows_of(self.request, queries.list_changes(user.employer_id), ordering="-id", size=_SHOWN)
        emails = dict(queries.list_admins(user.employer_id).values_list("id", "email"))
        rows = [_told(change, emails) for change in page.rows]
        return super().get_context_data(is_owner=True, page=replace(page, rows=rows), **kwargs)


def _told(change: EmployerChange, emails: Mapping[UUID, str]) -> dict[str, Any]:
    names = dict.fromkeys([*change.before, *change.after])
    values = [(name, _plain(change.before.get(name)), _plain(change.after.get(name))) for name in names]
    return {
        "at": change.at,
        "words": CHANGE_WORDS.get(change.change, change.change),
        "by": emails.get(change.by_id, "") if change.by_id else "",
        "differs": [one for one in values if one[1] != one[2]],
    }


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return "–" if value in (None, "") else str(value)


def _shown(admin: User) -> dict[str, Any]:
    form = PermissionsForm(
        initial={"permissions": admin.permissions, "admin_id": admin.pk, "seen": permissions_tag(admin)},
        auto_id=f"id_{admin.pk}_%s",
    )
    return {"admin": admin, "words": _words(admin.permissions), "form": form, "dialog": str(admin.pk)}


def _words(permissions: list[str]) -> list[Any]:
    return [PERMISSION_WORDS[HrPermission(one)] for one in permissions if one in list(HrPermission)]


def _id_in(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise NotFound("There is nothing to do here.") from None
