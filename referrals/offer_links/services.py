"""Mailing links, and answering by one."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from benefits import facade as benefits
from referrals.clinic_updates.models import ClinicUpdate
from referrals.clinic_updates.rules import Channel, Choice
from referrals.clinic_updates.services.applying import answer_offer
from referrals.clinics.queries import get_clinic
from referrals.offer_links.models import OfferLink
from referrals.offer_links.rules import OFFERED, hash_of, new_token
from referrals.offers.queries import get_offer
from workers.deliveries.queueing import is_reachable
from workers.emails.queueing import queue_email
from workers.kernel.errors import NotFound


class LinkNotValid(NotFound):
    """The token is unknown, was used, or is too old: all three answer alike."""

    code = "link_not_valid"


def mail_links(*, offer_id: UUID, now: datetime) -> None:
    """Mail each of a clinic's staff a link to answer an offer, where no webhook address is told of it.

    Once per offer and address, in the clinic's language. Nothing for an offer that is closed by now.
    """
    offer = get_offer(offer_id)
    if offer.closed_at is not None or is_reachable(offer.clinic_id, OFFERED):
        return
    clinic = get_clinic(offer.clinic_id)
    for email in benefits.list_clinic_emails(offer.clinic_id):
        token = new_token()
        OfferLink.objects.create(
            offer=offer,
            clinic_id=offer.clinic_id,
            token_hash=hash_of(token),
            made_at=now,
            expires_at=offer.respond_by,
        )
        queue_email(
            key=f"offer-link/{offer.pk}/{email}",
            to=email,
            template="referrals/offer_link",
            context={"url": f"{settings.BASE_URL}/answer/?token={token}", "respond_by": offer.respond_by},
            language="es" if "es" in clinic.languages and "en" not in clinic.languages else "en",
            zone=clinic.timezone,
            now=now,
            drop_after=offer.respond_by,
        )


def answer_by_link(*, token: str, choice: Choice, reason: str = "", now: datetime) -> ClinicUpdate:
    """Answer an offer by a link, which is used up by it; of two at once one wins. As AUTH.

    Raises LinkNotValid; OfferNotOpen with the present `state` when another answer, or the member, was faster;
    BadDeclineReason, after which the link is as good as before.
    """
    with transaction.atomic():
        link = _claim(token, now)
        return answer_offer(
            offer_id=link.offer_id,
            clinic_id=link.clinic_id,
            choice=choice,
            reason=reason,
            channel=Channel.LINK,
            now=now,
        )


def _claim(token: str, now: datetime) -> OfferLink:
    """Compare-and-set: the statement that finds the link open is the one that uses it up."""
    mine = OfferLink.objects.filter(token_hash=hash_of(token))
    if mine.filter(used_at=None, expires_at__gt=now).update(used_at=now) != 1:
        raise LinkNotValid("This link is unknown, was used, or has expired.")
    return mine.get()
