"""The clinic's inbox: what waits for an answer, whom it treats, and what became of the rest."""

from datetime import datetime, timedelta
from typing import Any

from referrals.clinics.web import ClinicPage
from referrals.offers.models import Offer
from referrals.offers.queries import list_own_offers
from referrals.offers.rules import OPEN, TAKEN, UNDER_WAY
from workers.kernel import clock

_SHOWN = 100
_ENDED = 10
SHORT = timedelta(hours=4)  # less time than this to answer stands out


class ClinicOffers(ClinicPage):
    """Open offers with the time left, the referrals that the clinic accepted, and how the last others ended."""

    template_name = "referrals/offers.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Open offers by when they have to be answered, the others newest first."""
        offers, now = list_own_offers(), clock.now()
        waiting = offers.filter(status__in=OPEN).order_by("respond_by")[:_SHOWN]
        taken = list(offers.filter(status__in=TAKEN).order_by("-id")[:_SHOWN])
        ended = offers.exclude(status__in=(*OPEN, *TAKEN)).order_by("-closed_at")[:_ENDED]
        return super().get_context_data(
            waiting=[waits(offer, now) for offer in waiting],
            treated=[offer for offer in taken if offer.status in UNDER_WAY],
            done=[offer for offer in taken if offer.status not in UNDER_WAY],
            ended=ended,
            **kwargs,
        )


def waits(offer: Offer, now: datetime) -> dict[str, Any]:
    """An open offer and how its time stands."""
    left = offer.respond_by - now
    return {"offer": offer, "is_over": left <= timedelta(), "is_short": left < SHORT}
