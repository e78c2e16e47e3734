"""Credentials with their last days: the clinic's own, and for operators those of the network that run out."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from referrals.clinics.models import ClinicCredential
from referrals.clinics.queries import get_clinic
from referrals.clinics.queries.credentials import get_policy, list_credentials, list_expiring
from referrals.clinics.queries.registry import list_struck_off
from referrals.clinics.rules.standing import suspension
from referrals.clinics.web.shown import ClinicPage
from workers.kernel import clock
from workers.kernel.web import Page

SOON = timedelta(days=60)
_SHOWN = 100


class OwnCredentials(ClinicPage):
    """What is on file about the clinic, whether it takes new offers, and what has to be renewed by when."""

    template_name = "referrals/clinic_credentials.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is in force, what is coming to its end, and what was."""
        clinic = get_clinic(self.clinic_id())
        today = clock.now().astimezone(ZoneInfo(clinic.timezone)).date()
        on_file = list(list_credentials(clinic.pk))
        held = {one.kind for one in on_file if one.expires_on >= today}
        return super().get_context_data(
            clinic=clinic,
            rows=[_row(one, today, on_file) for one in on_file],
            missing=[kind for kind in get_policy().required if kind not in held],
            why=suspension(clinic.status, clinic.credentials_valid_until, today),
            **kwargs,
        )


class Expiring(Page):
    """The network's credentials that run out within sixty days or have, and numbers deactivated: whom to write to."""

    template_name = "referrals/credentials.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The longest of each kind of a clinic, what ends first standing first."""
        today = clock.now().date()
        rows = [_row(one, today, []) | {"clinic": one.clinic} for one in list_expiring(until=today + SOON)[:_SHOWN]]
        return super().get_context_data(rows=rows, shown=_SHOWN, struck_off=list_struck_off()[:_SHOWN], **kwargs)


def _row(one: ClinicCredential, today: date, on_file: list[ClinicCredential]) -> dict[str, Any]:
    is_renewed = any(other.kind == one.kind and other.expires_on > one.expires_on for other in on_file)
    days_left = (one.expires_on - today).days
    if is_renewed:
        state = "off"
    elif days_left < 0:
        state = "lapsed"
    else:
        state = "warn" if days_left <= SOON.days else "done"
    return {"credential": one, "days_left": days_left, "days_over": -days_left, "state": state}
