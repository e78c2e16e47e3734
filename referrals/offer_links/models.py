"""Links that were mailed."""

from typing import ClassVar

from django.db import models

from referrals.offers.models import Offer
from workers.kernel.constraints import EVERY, seen_by
from workers.kernel.ids import new_id


class OfferLink(models.Model):
    """Whoever holds the token may answer an offer for its clinic, once; only the token's SHA-256 is kept.

        open --answered by it--> used
             --expires_at, when the offer's answer is due--> expired

    Each address gets a token of its own: who answered is known, and a link that went astray is one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="links")
    clinic_id = models.UUIDField()
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "referrals_offer_link"
        constraints: ClassVar = [
            *seen_by(
                "offer_link",
                auth=(EVERY, "select, update (used_at)"),
                operator=(EVERY, "select (id, offer_id, clinic_id, made_at, expires_at, used_at)"),
                worker=(EVERY, "select, insert, update (used_at), delete"),
            ),
        ]
