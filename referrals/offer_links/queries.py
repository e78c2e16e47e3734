"""Finding the link of a token, and what its page may show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referrals.offer_links.models import OfferLink
from referrals.offer_links.rules import hash_of
from referrals.offers.models import Offer
from workers.kernel.actor import WORKER, acting_as


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a clinic is asked, as its software would be told: the least that lets it decide. `zone` is where it is."""

    route: str
    protocol: str
    format: str
    summary: dict[str, Any]
    respond_by: datetime
    zone: str


def find_open_link(token: str, *, now: datetime) -> OfferLink | None:
    """Return the link that a token opens, or None when it is unknown, used or too old; as AUTH."""
    return OfferLink.objects.filter(token_hash=hash_of(token), used_at=None, expires_at__gt=now).first()


def read_asked(link: OfferLink) -> Asked | None:
    """Return what a link asks, or None when the answer is no longer awaited. Changes nothing."""
    with acting_as(WORKER):
        offer = Offer.objects.select_related("clinic").get(pk=link.offer_id)
        if offer.closed_at is not None:
            return None
        return Asked(
            route=offer.route,
            protocol=offer.protocol,
            format=offer.format,
            summary=offer.summary,
            respond_by=offer.respond_by,
            zone=offer.clinic.timezone,
        )
