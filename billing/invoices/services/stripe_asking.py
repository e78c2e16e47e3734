"""Asking Stripe about one of our invoices: each step under a key of its own. External: outside any transaction."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import F

from billing.invoices.models import StripeInvoice
from billing.stripe import client
from workers.kernel.actor import WORKER, acting_as

Json = dict[str, Any]
T = TypeVar("T")


def post(verb: str, row: StripeInvoice, params: Json, key: str) -> Json:
    """Do something with an invoice at Stripe, and return it."""
    return client.request("invoices", verb, row.stripe_id, params=params, key=key)


def fetch(stripe_id: str) -> Json:
    """Return an invoice at Stripe as it is now."""
    return client.request("invoices", "retrieve", stripe_id)


def asking(row: StripeInvoice, name: str, ask: Callable[[str], T]) -> T:
    """Ask under a key of the step's own; after a stored error the next call takes another one, and reads first."""
    try:
        return ask(f"inv-{name}:{row.invoice_id}:v{row.tries}")
    except client.OutcomeUnknown as error:
        if error.is_stored:
            with acting_as(WORKER):
                StripeInvoice.objects.filter(pk=row.pk, tries=row.tries).update(tries=F("tries") + 1)
        raise
