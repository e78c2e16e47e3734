"""The objects in memory: one collection per noun, paging as Stripe pages, and expansion of references."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulators.stripe.errors import Refusal, invalid, missing
from tests.simulators.stripe.json_types import Json

DEFAULT_LIMIT, HIGHEST_LIMIT = 10, 100  # docs.stripe.com/api/pagination
_DEEPEST_EXPANSION = 4  # docs.stripe.com/api/expanding_objects

# object → the fields that hold another object's id, and that object's collection
_EXPANDABLE: dict[str, dict[str, str]] = {
    "setup_intent": {"customer": "customer", "payment_method": "payment_method"},
    "payment_method": {"customer": "customer"},
    "payment_intent": {"customer": "customer", "payment_method": "payment_method", "latest_charge": "charge"},
    "charge": {
        "customer": "customer",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
    "balance_transaction": {"source": "charge"},
}


@dataclass
class Collection:
    """All objects of one noun, oldest first."""

    noun: str
    _objects: dict[str, Json] = field(default_factory=dict)

    def add(self, obj: Json) -> Json:
        """Keep a new object and return it."""
        self._objects[obj["id"]] = obj
        return obj

    def find(self, object_id: str | None) -> Json | None:
        """Return the object, or None."""
        return self._objects.get(object_id) if object_id else None

    def get(self, object_id: str, param: str = "id") -> Json:
        """Return the object; raises Refusal `resource_missing`, naming the parameter it came from."""
        if obj := self.find(object_id):
            return obj
        raise missing(self.noun, object_id, param)

    def remove(self, object_id: str) -> None:
        """Forget an object."""
        self._objects.pop(object_id, None)

    def all(self) -> list[Json]:
        """Return every object, newest first."""
        return list(reversed(self._objects.values()))

    def page(self, params: Json, url: str, matches: Callable[[Json], bool]) -> Json:
        """Return one page of Stripe's list object, newest first, honouring the cursors and `created`."""
        limit = params.get("limit", DEFAULT_LIMIT)
        if not 1 <= limit <= HIGHEST_LIMIT:
            raise invalid(f"Invalid integer: limit must be between 1 and {HIGHEST_LIMIT}", param="limit")
        created = params.get("created")
        rows = [obj for obj in self._window(params) if matches(obj) and _is_created_within(obj, created)]
        page = rows[-limit:] if "ending_before" in params else rows[:limit]
        return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": page}

    def _window(self, params: Json) -> list[Json]:
        if "starting_after" in params and "ending_before" in params:
            raise invalid("You can only use one of starting_after and ending_before.", param="ending_before")
        rows = self.all()
        if after := params.get("starting_after"):
            return rows[rows.index(self.get(after, "starting_after")) + 1 :]
        if before := params.get("ending_before"):
            return rows[: rows.index(self.get(before, "ending_before"))]
        return rows


def _is_created_within(obj: Json, created: int | Json | None) -> bool:
    if created is None:
        return True
    bounds = {"gte": created, "lte": created} if isinstance(created, int) else created
    at: int = obj["created"]
    return bool(
        at > bounds.get("gt", at - 1)
        and at >= bounds.get("gte", at)
        and at < bounds.get("lt", at + 1)
        and at <= bounds.get("lte", at)
    )


class Store:
    """The collections of one Stripe account."""

    def __init__(self) -> None:
        self.customers = Collection("customer")
        self.setup_intents = Collection("setupintent")
        self.payment_methods = Collection("PaymentMethod")
        self.payment_intents = Collection("payment_intent")
        self.charges = Collection("charge")
        self.balance_transactions = Collection("balance transaction")
        self.refunds = Collection("refund")
        self.disputes = Collection("dispute")
        self.checkout_sessions = Collection("checkout session")
        self.charges_of: dict[str, list[Json]] = {}  # by PaymentIntent, oldest first
        self.events = Collection("event")
        self.webhook_endpoints = Collection("webhook endpoint")
        self._open_books()

    def _open_books(self) -> None:
        """Invoices, connected accounts with what they hold, transfers, and which payout paid which movement out."""
        self.invoices = Collection("invoice")
        self.invoice_items = Collection("invoiceitem")
        self.invoice_payments = Collection("invoice payment")
        self.payment_records = Collection("payment record")
        self.credit_notes = Collection("credit note")
        self.accounts = Collection("account")
        self.transfers = Collection("transfer")
        self.transfer_reversals = Collection("transfer reversal")
        self.payouts = Collection("payout")
        self.account_balances: dict[str, int] = {}
        self.paid_out_by: dict[str, str] = {}

    def existing_customer(self, customer_id: str, param: str = "id") -> Json:
        """Return a Customer that is not deleted; raises Refusal `resource_missing`."""
        customer = self.customers.get(customer_id, param)
        if customer.get("deleted"):
            raise missing(self.customers.noun, customer_id, param)
        return customer

    def expanded(self, answer: Json, paths: list[str]) -> Json:
        """Return a copy of an answer with the asked references (see `check_expandable`) replaced by their
        objects.
        """
        result = copy.deepcopy(answer)
        for path in paths:
            self._expand(result, path.split("."))
        return result

    def _expand(self, obj: Json, steps: list[str]) -> None:
        if obj.get("object") == "list":
            for item in obj["data"]:
                self._expand(item, steps[1:])
            return
        name = steps[0]
        if isinstance(obj[name], str):
            obj[name] = copy.deepcopy(self._referenced(_EXPANDABLE[obj["object"]][name], obj[name]))
        if len(steps) > 1 and obj[name] is not None:
            self._expand(obj[name], steps[1:])

    def _referenced(self, noun: str, object_id: str) -> Json:
        collections = {
            "customer": self.customers,
            "payment_method": self.payment_methods,
            "payment_intent": self.payment_intents,
            "charge": self._sources().get(object_id.partition("_")[0], self.charges),
            "balance_transaction": self.balance_transactions,
        }
        return collections[noun].get(object_id)

    def _sources(self) -> dict[str, Collection]:
        """What else than a charge moves the balance, by the prefix of its id."""
        return {
            "re": self.refunds,
            "pyr": self.refunds,
            "tr": self.transfers,
            "trr": self.transfer_reversals,
            "po": self.payouts,
            "du": self.disputes,
        }


def check_expandable(noun: str, paths: list[str], *, is_list: bool) -> None:
    """Raise Refusal for a property that holds no reference, before anything is executed."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST_EXPANSION:
            raise invalid("You cannot expand more than 4 levels of a property.", param="expand")
        if is_list and (steps.pop(0) != "data" or not steps):
            raise _not_expandable(path)
        reached: str | None = noun
        for step in steps:
            reached = _EXPANDABLE.get(reached or "", {}).get(step)
            if reached is None:
                raise _not_expandable(path)


def _not_expandable(path: str) -> Refusal:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
