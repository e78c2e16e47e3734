"""The clinic's pages: its offers, and in full the referrals that it accepted."""

from typing import Any

from referrals.offers.queries import get_full_referral, list_own_offers
from referrals.offers.rules import OfferStatus
from workers.kernel.web import Page

_SHOWN = 100


class ClinicOffers(Page):
    """What waits for an answer, and the referrals that the clinic accepted."""

    template_name = "referrals/offers.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Open offers by when they have to be answered, accepted ones newest first."""
        offers = list_own_offers()
        return super().get_context_data(
            waiting=offers.filter(status=OfferStatus.REQUESTED).order_by("respond_by")[:_SHOWN],
            accepted=offers.filter(status=OfferStatus.ACCEPTED).order_by("-id")[:_SHOWN],
            **kwargs,
        )


class ClinicReferral(Page):
    """One referral with the member's name and contact; unknown before the clinic accepts, and to other clinics."""

    template_name = "referrals/full_referral.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The referral in full. Raises NotFound."""
        return super().get_context_data(referral=get_full_referral(kwargs["request_id"]), **kwargs)
