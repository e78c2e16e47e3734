"""Reading test offers."""

from uuid import UUID

from django.db.models import QuerySet

from referrals.sandbox.models import SandboxOffer


def list_offers() -> QuerySet[SandboxOffer]:
    """Return the test offers that the actor may see."""
    return SandboxOffer.objects.all()


def find_offer(offer_id: UUID, *, clinic_id: UUID) -> SandboxOffer | None:
    """Return a clinic's test offer, or None for an id that is of no such."""
    return list_offers().filter(pk=offer_id, clinic_id=clinic_id).first()
