"""The last chapter: each figure is read back from the system that owns it, never counted along the way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg

from config.local.failures import StoryBroke
from config.local.story.stage import Stage, subjects_of

JSON = dict[str, Any]
# What only the product can know, asked of its tables as the worker's role.
PRODUCT = {
    "employees_enrolled": "SELECT count(*) FROM benefits_enrollment",
    "referrals_requested": "SELECT count(*) FROM referrals_request",
    "referrals_accepted": "SELECT count(*) FROM referrals_request WHERE status IN ('accepted', 'completed')",
    "referrals_unplaced": "SELECT count(*) FROM referrals_request WHERE status = 'unplaced'",
    "offers_expired": "SELECT count(*) FROM referrals_offer WHERE status = 'failed'",
    "quotes_accepted": "SELECT count(*) FROM billing_quote WHERE status = 'accepted'",
    "payment_plans_active": "SELECT count(*) FROM billing_paymentplan WHERE status IN ('active', 'completed')",
    "sessions_completed": "SELECT count(*) FROM referrals_session WHERE status = 'completed'",
    "sessions_unreported": "SELECT count(*) FROM referrals_session"
    " WHERE status IN ('proposed', 'scheduled') AND ends_at < %(now)s",
    "ledger_cents": "SELECT coalesce(sum(amount_cents), 0)::bigint FROM billing_posting p JOIN billing_journal j"
    " ON j.id = p.journal_id WHERE j.kind IN ('payment', 'refund_created', 'refund_failed')"
    " AND p.account = 'stripe_balance'",
    "ledger_imbalance_cents": "SELECT coalesce(sum(amount_cents), 0)::bigint FROM billing_posting",
}


def gather(stage: Stage) -> JSON:
    """Return the figures that docs/contract.md names, and a few more."""
    stage.tell.chapter("7. What the systems themselves say")
    return _of_product(stage) | _of_clinics(stage) | _of_stripe(stage) | _of_mailbox(stage) | _of_engine(stage)


def check(figures: JSON) -> None:
    """Raise StoryBroke where the story's end does not hold."""
    ends: dict[str, Callable[[JSON], bool]] = {
        "the ledger equals Stripe's own charge log": lambda f: f["ledger_cents"] == f["charged_cents"] > 0,
        "the ledger balances": lambda f: f["ledger_imbalance_cents"] == 0,
        "nothing is pending": lambda f: f["events_pending"] == 0,
        "nothing was given up but what a dead endpoint never took": lambda f: f["jobs_dead"] + f["emails_dead"] == 0,
        "every request ended": lambda f: f["referrals_requested"] == f["referrals_accepted"] + f["referrals_unplaced"],
        "each acceptance was confirmed to its clinic": lambda f: f["referrals_confirmed"] == f["referrals_accepted"],
        "offers were declined, and expired": lambda f: f["offers_declined"] > 0 and f["offers_expired"] > 0,
        "reminders arrived": lambda f: f["reminders_sent"] > 0,
        "a card was declined, and its plan paid in the end": lambda f: f["charges_declined"] > 0,
        "every session that is over was reported by its clinic": lambda f: f["sessions_unreported"] == 0,
        "sessions were completed by webhook": lambda f: f["sessions_completed"] > 0,
    }
    broken = [name for name, holds in ends.items() if not holds(figures)]
    if broken:
        raise StoryBroke(f"It does not hold that {'; that '.join(broken)}: {figures}")


def _of_product(stage: Stage) -> JSON:
    with psycopg.connect(stage.stack.environment["DATABASE_URL"]) as connection:
        connection.execute("SELECT set_config('role', 'act_worker', true)")
        now = stage.settle().now
        return {name: _one(connection, query, now) for name, query in PRODUCT.items()}


def _one(connection: psycopg.Connection[Any], query: str, now: datetime) -> Any:
    row = connection.execute(query, {"now": now}).fetchone()
    return row[0] if row else None


def _of_clinics(stage: Stage) -> JSON:
    log = stage.http.get(f"{stage.stack.url('clinics')}/control/log").json()
    taken = [entry for entry in log if entry["direction"] == "received" and _is_success(entry["status"])]
    told = [entry for entry in log if entry["direction"] == "sent" and _is_success(entry["status"])]
    return {
        "offers_sent": _messages(taken, "referral.offered"),
        "offers_declined": _messages(told, "referral.declined"),
        "referrals_confirmed": _messages(taken, "referral.confirmed"),
        "webhooks_delivered": len({entry["id"] for entry in taken}),
    }


def _messages(entries: list[JSON], wanted: str) -> int:
    """How many messages of a type, each counted once however often it came."""
    return len({(entry["clinic"], entry["id"]) for entry in entries if entry["type"] == wanted})


def _is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _of_stripe(stage: Stage) -> JSON:
    charges = stage.http.get(f"{stage.stack.url('stripe')}/control/charges").json()
    succeeded = [charge for charge in charges if charge["outcome"] == "succeeded"]
    return {
        "charges_succeeded": len(succeeded),
        "charges_declined": len(charges) - len(succeeded),
        "charged_cents": sum(charge["amount"] - charge["refunded"] for charge in succeeded),
    }


def _of_mailbox(stage: Stage) -> JSON:
    subjects = subjects_of("referrals", "session_*") + subjects_of("billing", "debit_soon")
    mails = stage.mails()
    return {
        "emails_received": len(mails),
        "reminders_sent": sum(mail["subject"].startswith(subjects) for mail in mails),
    }


def _of_engine(stage: Stage) -> JSON:
    engine = stage.engine()
    queues = {name: engine[name] for name in ("jobs", "deliveries", "emails")}
    waiting = sum(queue["due"] + queue["leased"] + queue["later"] for queue in queues.values())
    return {"events_pending": waiting + engine["timers_due"]} | {
        f"{name}_dead": queue["dead"] for name, queue in queues.items()
    }
