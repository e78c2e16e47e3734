"""Which journal of the ledger a movement at Stripe belongs to, and what may differ. Pure; both are data.

A movement is a BalanceTransaction (docs.stripe.com/api/balance_transactions): `cents` came to our balance (negative:
left it) and `fee_cents` were kept. Source of the types: docs.stripe.com/reports/balance-transaction-types
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.ledger.rules import Account
from workers.kernel.words import gettext_noop as _

Json = dict[str, Any]

GRACE_AT_STRIPE = timedelta(hours=2)  # a charge is in our ledger by then: notices and sweeps have run
GRACE_IN_LEDGER = timedelta(days=2)  # a movement that we know of is on Stripe's list by then
LOOK_BACK = timedelta(days=60)  # for what the ledger has and Stripe has not
OVERLAP = timedelta(days=2)  # read again what was imported last: a movement may be listed late

# The keys under which the ledger may have a movement, by its type; what they name is `Movement.names`.
_PAYMENT = ("pi:{payment_intent}:succeeded",)
_REFUND = ("refund:{obj_uuid}:created", "refund:{source}:created")
_REFUND_FAILED = ("refund:{obj_uuid}:failed", "refund:{source}:failed")
_DISPUTE = ("bt:{id}:dispute",)  # its fee in the same journal; a returned bank debit is one, too
KEYS: dict[str, tuple[str, ...]] = {
    "charge": _PAYMENT,
    "payment": _PAYMENT,
    "refund": _REFUND,
    "payment_refund": _REFUND,
    "refund_failure": _REFUND_FAILED,
    "payment_failure_refund": (*_DISPUTE, *_REFUND_FAILED),
    "payment_reversal": _DISPUTE,
    "adjustment": _DISPUTE,
    "transfer": ("transfer:{obj_uuid}:sent",),
    "transfer_refund": ("transfer:{obj_uuid}:reversed",),
}

# What nobody else posts is posted from Stripe's own list, against these accounts.
POSTED_HERE: dict[str, Account] = {
    "payout": Account.BANK,
    "payout_cancel": Account.BANK,
    "payout_failure": Account.BANK,
    "stripe_fee": Account.STRIPE_FEES,
    "stripe_fx_fee": Account.STRIPE_FEES,
    "tax_fee": Account.STRIPE_FEES,
    "topup": Account.BANK,
}


class DifferenceKind(StrEnum):
    """How Stripe and the ledger may differ."""

    MISSING_IN_LEDGER = "missing_in_ledger"
    MISSING_AT_STRIPE = "missing_at_stripe"
    AMOUNT_DIFFERS = "amount_differs"
    UNKNOWN_TYPE = "unknown_type"
    PAYOUT_UNEXPLAINED = "payout_unexplained"


REMEDIES: dict[DifferenceKind, str] = {
    DifferenceKind.MISSING_IN_LEDGER: _(
        "Look the object up in Stripe's dashboard. If it was made there by hand, resolve against the account that it "
        "belongs to; if a notice was lost, it resolves itself once the notice is heeded."
    ),
    DifferenceKind.MISSING_AT_STRIPE: _(
        "The ledger says that money moved and Stripe does not. Find out what became of it, then resolve against the "
        "account that really bears it."
    ),
    DifferenceKind.AMOUNT_DIFFERS: _("Compare the object with the journal, and resolve against the right account."),
    DifferenceKind.UNKNOWN_TYPE: _("Stripe has a movement of a type that we do not know: resolve against its account."),
    DifferenceKind.PAYOUT_UNEXPLAINED: _(
        "The payout is not the sum of its movements. Ask Stripe; nothing is posted, for the payout itself is booked."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A movement of our balance at Stripe; `names` fills the keys: its source, and what the source tells."""

    id: str
    type: str
    cents: int
    fee_cents: int
    currency: str
    source: str
    names: dict[str, str]
    created_at: int

    @property
    def net_cents(self) -> int:
        """What it did to the balance."""
        return self.cents - self.fee_cents

    @property
    def own_key(self) -> str:
        """The key of the journal that is posted from Stripe's list."""
        return f"bt:{self.id}:{self.type}"

    @property
    def dispute_key(self) -> str:
        """The key of the journal of what a bank took back or gave back; "" for a movement of another type."""
        keys = KEYS.get(self.type, ())
        return _DISPUTE[0].format(id=self.id) if _DISPUTE[0] in keys else ""

    @property
    def fee_key(self) -> str:
        """The key of the journal of its fee."""
        return f"bt:{self.id}:fee"

    def keys(self) -> list[str]:
        """The business keys under which the ledger may have it; none for a type that we do not know."""
        found = []
        for key in KEYS.get(self.type, ()):
            try:
                found.append(key.format(id=self.id, **self.names))
            except KeyError:  # the source does not tell this name
                continue
        return found


def read_movement(transaction: Json) -> Movement:
    """Return a BalanceTransaction whose `source` is expanded."""
    source = transaction.get("source")
    told: Json = source if isinstance(source, dict) else {"id": source or ""}
    names = {"source": told["id"]}
    if intent := told.get("payment_intent"):
        names["payment_intent"] = intent if isinstance(intent, str) else intent["id"]
    if ours := (told.get("metadata") or {}).get("obj_uuid"):
        names["obj_uuid"] = ours
    return Movement(
        id=transaction["id"],
        type=transaction["type"],
        cents=transaction["amount"],
        fee_cents=transaction["fee"],
        currency=transaction["currency"],
        source=told["id"],
        names=names,
        created_at=transaction["created"],
    )


def is_young(created_at: datetime, now: datetime) -> bool:
    """Whether a movement may still be on its way into the ledger."""
    return now < created_at + GRACE_AT_STRIPE
