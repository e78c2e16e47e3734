"""The last chapter: each figure is read back from the system that owns it, never counted along the way."""

from typing import Any

import psycopg

from config.local.failures import StoryBroke
from config.local.story.stage import Stage

JSON = dict[str, Any]
# What the product itself must know, asked of its tables as their owner would in an audit.
_PRODUCT = {
    "employees_enrolled": "SELECT count(*) FROM benefits_enrollment",
    "referrals_requested": "SELECT count(*) FROM referrals_request",
    "offers_expired": "SELECT count(*) FROM referrals_offer WHERE status = 'failed'",
    "quotes_accepted": "SELECT count(*) FROM billing_quote WHERE status = 'accepted'",
    "payment_plans_active": "SELECT count(*) FROM billing_paymentplan WHERE status IN ('active', 'completed')",
}


def gather(stage: Stage) -> JSON:
    """Return the figures of docs/contract.md."""
    figures: JSON = {}
    return figures


def check(figures: JSON) -> None:
    """Raise StoryBroke where the story's end does not hold."""
    if figures["ledger_cents"] != figures["charged_cents"]:
        raise StoryBroke(f"The ledger says {figures['ledger_cents']} cents, Stripe's log {figures['charged_cents']}.")
    if figures["events_pending"]:
        raise StoryBroke(f"{figures['events_pending']} events are pending.")


def _from_product(stage: Stage) -> JSON:
    with psycopg.connect(stage.stack.environment["DATABASE_OWNER_URL"]) as connection:
        return {name: connection.execute(query).fetchone()[0] for name, query in _PRODUCT.items()}  # type: ignore[index]
