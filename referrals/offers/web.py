"""The clinic's pages: its offers, and in full the referrals that it accepted. The operator's: the board."""

from typing import Any

from referrals.offers.queries import list_own_offers
from referrals.offers.queries.board import count_board, list_board
from referrals.offers.rules import OPEN, TAKEN
from referrals.offers.services import read_referral
from workers.kernel import clock
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
            waiting=offers.filter(status__in=OPEN).order_by("respond_by")[:_SHOWN],
            accepted=offers.filter(status__in=TAKEN).order_by("-id")[:_SHOWN],
            **kwargs,
        )


class ClinicReferral(Page):
    """One referral with the member's name and contact; unknown before the clinic accepts, and to other clinics."""

    template_name = "referrals/full_referral.html"
    roles = ("clinic_staff",)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The referral in full; who reads it is kept. Raises NotFound."""
        user: Any = self.request.user
        referral = read_referral(request_id=kwargs["request_id"], reader=user, now=clock.now())
        return super().get_context_data(referral=referral, **kwargs)


class Board(Page):
    """Every referral that is not over: the breached and the stuck first, then by age."""

    template_name = "referrals/board.html"
    roles = ("operator",)
    permission = "care"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The first of them, and how many there are by state."""
        now = clock.now()
        return super().get_context_data(
            referrals=list_board(now)[:_SHOWN], counts=count_board(now), shown=_SHOWN, **kwargs
        )
