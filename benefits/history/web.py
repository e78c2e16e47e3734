"""An owner's page of who changed what of the employer, in the words of the pages where it is changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.employers import queries
from benefits.employers.forms import PERMISSION_WORDS
from benefits.employers.models import EmployerChange
from benefits.employers.web import OwnersPage
from benefits.plans import forms as plans
from benefits.plans.web.words import as_kept
from workers.kernel.web import rows_of

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
    "sign_on_bound": gettext_lazy("Admin signed in by your provider for the first time"),
    "sign_on_lifted": gettext_lazy("Passwords let in again for a time"),
    "plan_agreed": gettext_lazy("Plan agreed"),
    "plan_drafted": gettext_lazy("Plan drafted"),
    "plan_changed": gettext_lazy("Draft or proposal of a plan changed"),
    "plan_proposed": gettext_lazy("Renewal of a plan proposed"),
    "plan_declined": gettext_lazy("Renewal of a plan declined"),
    "plan_discarded": gettext_lazy("Draft or proposal of a plan withdrawn"),
    "plan_ended": gettext_lazy("Plan ended"),
}
# What of an admin, a domain or a sign-on may differ; a plan has its own words.
DIFFERING_WORDS: Mapping[str, Any] = {
    "email": gettext_lazy("E-mail address"),
    "permissions": gettext_lazy("What they may do besides reading"),
    "ended": gettext_lazy("Sessions ended"),
    "domain": gettext_lazy("E-mail domain"),
    "brake_percent": gettext_lazy("Percent that may end by absence without a second admin"),
    "protocol": gettext_lazy("Protocol"),
    "issuer": gettext_lazy("Issuer"),
    "client_id": gettext_lazy("Client ID"),
    "client_secret": gettext_lazy("Client secret"),
    "sso_url": gettext_lazy("Sign-on URL"),
    "certificates": gettext_lazy("Signing certificates"),
    "is_required": gettext_lazy("Required of all admins"),
    "lifted_until": gettext_lazy("Until"),
    "reason": gettext_lazy("Reason"),
}


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
    values = [_differing(name, change.before.get(name), change.after.get(name)) for name in names]
    return {
        "at": change.at,
        "words": CHANGE_WORDS.get(change.change, change.change),
        "by": emails.get(change.by_id, "") if change.by_id else "",
        "differs": [one for one in values if one[1] != one[2]],
    }


def _differing(name: str, before: Any, after: Any) -> tuple[Any, str, str]:
    """What it is called, was, and is; of a plan in the words of its page."""
    if name in plans.LABELS:
        return plans.LABELS[name], as_kept(name, before), as_kept(name, after)
    words = PERMISSION_WORDS if name == "permissions" else {}
    return DIFFERING_WORDS.get(name, name), _plain(before, words), _plain(after, words)


def _plain(value: Any, words: Mapping[Any, Any]) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(str(words.get(one, one)) for one in value) or "–"
    return "–" if value in (None, "") else str(value)
