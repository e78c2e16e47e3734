"""What every page of a clinic's staff has in common."""

from typing import Any
from uuid import UUID

from referrals.clinics.queries import get_clinic
from workers.kernel import clock
from workers.kernel.web import Page


class ClinicPage(Page):
    """A page for a clinic's staff, times where the clinic is: `{% timezone zone %}`."""

    roles = ("clinic_staff",)

    def clinic_id(self) -> UUID:
        """Whose staff is signed in."""
        user: Any = self.request.user
        found: UUID = user.clinic_id
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the clinic, its zone and the present instant. Raises NotFound."""
        clinic = kwargs.pop("clinic", None) or get_clinic(self.clinic_id())
        return super().get_context_data(clinic=clinic, zone=clinic.timezone, now=clock.now(), **kwargs)
