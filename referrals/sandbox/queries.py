"""Reading test offers."""

from uuid import UUID

from django.db.models import QuerySet

from referrals.sandbox.models import SandboxOffer
from referrals.sandbox.rules import SandboxStatus
from workers.kernel.errors import NotFound


def list_offers() -> QuerySet[SandboxOffer]:
    """Return the test offers that the actor may see."""
    return SandboxOffer.objects.all()


def find_offer(offer_id: UUID, *, clinic_id: UUID) -> SandboxOffer | None:
    """Return a clinic's test offer, or None for an id that is of no such."""
    return list_offers().filter(pk=offer_id, clinic_id=clinic_id).first()


def get_accepted(referral_id: UUID) -> SandboxOffer:
    """Return the acting clinic's test offer whose acceptance made a referral. Raises NotFound."""
    offer = list_offers().filter(referral_id=referral_id, status=SandboxStatus.ACCEPTED).first()
    if offer is None:
        raise NotFound("There is no such referral.")
    return offer
