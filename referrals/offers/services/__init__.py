"""What happens to offers: made, answered, ended; the full referral read; operators at work."""

from referrals.offers.services.answering import BadDeclineReason, accept, decline, expire, receive
from referrals.offers.services.ending import (
    cancel_offers,
    follow_course_end,
    tell_clinic_of_end,
    withdraw_from_clinic,
)
from referrals.offers.services.following import begin_care, follow_capacity, follow_closed
from referrals.offers.services.making import Made, Unasked, offer_all, offer_next, send
from referrals.offers.services.moving import OfferNotOpen
from referrals.offers.services.operating import ClinicCannotTake, answer_for_clinic, reassign
from referrals.offers.services.reading import keep_read, read_referral

__all__ = [
    "BadDeclineReason",
    "ClinicCannotTake",
    "Made",
    "OfferNotOpen",
    "Unasked",
    "accept",
    "answer_for_clinic",
    "begin_care",
    "cancel_offers",
    "decline",
    "expire",
    "follow_capacity",
    "follow_closed",
    "follow_course_end",
    "keep_read",
    "offer_all",
    "offer_next",
    "read_referral",
    "reassign",
    "receive",
    "send",
    "tell_clinic_of_end",
    "withdraw_from_clinic",
]
