"""Closing an account: everything that is open ends as if it had been taken back one by one, and then the account."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from benefits import facade as benefits
from billing.payment_plans.queries import find_active_method, find_next_instalment
from billing.payment_plans.services import methods
from referrals import facade as referrals
from workers.kernel.errors import DomainError


class PaymentsOpen(DomainError):
    """Something is still to be paid: nobody could say when a card fails, or that money came back."""

    code = "payments_open"


def close(*, user_id: UUID, member_id: UUID, now: datetime) -> None:
    """Close a member's account for good, as that member. Raises PaymentsOpen, NotFound.

    Requests and consents are taken back and the card is removed by the rules for each; what the law asks to be kept
    stays (docs/facts.md). The employer's rows are not touched.
    """
    with transaction.atomic():
        benefits.keep_account_open(member_id)  # nothing new is agreed to, and no card stored, between these looks
        if find_next_instalment(member_id) is not None:
            raise PaymentsOpen("Something is still to be paid: pay it off, or talk to us; then close your account.")
        if (method := find_active_method(member_id)) is not None:
            methods.ask_removal(method_id=method.pk, now=now)
        referrals.take_everything_back(member_id, now=now)
        benefits.close_account(user_id=user_id, now=now)
