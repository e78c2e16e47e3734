"""HR's page of who administers the employer."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from benefits.accounts.models import HrPermission, User
from benefits.accounts.queries import permissions_tag
from benefits.employers import queries, services
from benefits.employers.forms import PERMISSION_WORDS, InviteForm, PermissionsForm
from workers.kernel import clock
from workers.kernel.errors import DomainError, NotFound
from workers.kernel.web import Page, translated

_SHOWN = 50


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
            messages.error(request, translated(str(error)))
        return redirect("page-admins")

    def _invite(self, owner: User) -> HttpResponse:
        form = InviteForm(self.request.POST)
        if form.is_valid():
            about: dict[str, Any] = {"employer_id": owner.employer_id, "by": owner.pk, "now": clock.now()}
            try:
                services.invite_admin(**about, **form.cleaned_data)
            except DomainError as error:
                form.add_error("email", translated(str(error)))
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
