"""3-D Secure with the payer at hand: the same PaymentIntent, confirmed again, answers with the bank's own page.

Without JavaScript of Stripe's: docs.stripe.com/payments/3d-secure/authentication-flow#manual-redirect
"""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings

from billing.payment_plans.models import AttemptStatus, ChargeAttempt
from billing.payment_plans.queries import get_attempt
from billing.stripe import client
from billing.stripe.client import Json
from billing.stripe.services.reducing import reduce_payment_intent
from workers.kernel.actor import WORKER, acting_as

log = logging.getLogger(__name__)


def begin(*, attempt_id: UUID, key: str, now: datetime) -> None:
    """Confirm an attempt that waits for its payer, and keep the address of the bank's page for their browser.

    `key` names the wish: repeated, Stripe answers as before. Raises client.OutcomeUnknown and client.Busy.
    """
    with acting_as(WORKER):
        attempt = get_attempt(attempt_id)
    if attempt.status != AttemptStatus.ACTION_REQUIRED:
        return
    params = {
        "payment_method": attempt.payment_method.stripe_id,
        "return_url": f"{settings.BASE_URL}/pay/{attempt.instalment_id}/",
    }
    try:
        intent = client.confirm_payment_intent(attempt.payment_intent_id, params=params, key=f"pi-auth:{key}")
    except client.Refused as error:
        if error.payment_intent is None:
            raise
        intent = error.payment_intent
    with acting_as(WORKER):
        reduce_payment_intent(intent, now=now)
        ChargeAttempt.objects.filter(pk=attempt_id).update(action_url=_page_of(intent))


def _page_of(intent: Json) -> str:
    action = intent.get("next_action") or {}
    return (action.get("redirect_to_url") or {}).get("url") or ""
