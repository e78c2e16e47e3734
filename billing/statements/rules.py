"""A statement's figures, and its words. Amounts in cents; nothing in it tells what was paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """What happened to money."""

    PAID = "paid"
    RETURNED = "returned"  # a bank debit that came back: it counts for nothing
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"  # it came back to us, and is still owed


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One movement of money on its day in the member's zone; `method` is what they know the card or account by."""

    on: date
    kind: EntryKind
    cents: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Price:
    """A price that was agreed to: list = discount + employer + own."""

    agreed_on: date
    list_cents: int
    discount_cents: int
    employer_cents: int
    own_cents: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a member stands, over all years: agreed − waived − paid + lowered = still to pay.

    `lowered_cents` went back, or is about to, because a price was lowered after it had been paid.
    """

    agreed_cents: int
    waived_cents: int
    paid_cents: int
    lowered_cents: int

    @property
    def to_pay_cents(self) -> int:
        """What is still to be paid; below nothing, where something is still to be given back."""
        return self.agreed_cents - self.waived_cents - self.paid_cents + self.lowered_cents


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A member's year: its agreed prices and movements of money, oldest first; and where they stand at `made_at`."""

    year: int
    made_at: datetime
    zone: str
    prices: Sequence[Price]
    entries: Sequence[Entry]
    standing: Standing

    def total_of(self, *kinds: EntryKind) -> int:
        """The sum of the year's movements of some kinds."""
        return sum(entry.cents for entry in self.entries if entry.kind in kinds)


def sums_of_year(statement: Statement) -> list[tuple[str, int]]:
    """Return what a statement sums up of its year: words' names and cents."""
    return [
        ("sum_paid", statement.total_of(EntryKind.PAID)),
        ("sum_refunded", statement.total_of(EntryKind.REFUNDED)),
    ]


def standing_of(statement: Statement) -> list[tuple[str, int]]:
    """Return where a statement's member stands, as a sum that anybody can check: words' names and cents."""
    standing = statement.standing
    parts = [
        ("agreed", standing.agreed_cents),
        ("waived", -standing.waived_cents),
        ("paid_so_far", -standing.paid_cents),
        ("lowered", standing.lowered_cents),
    ]
    return [part for part in parts if part[1] or part[0] == "agreed"] + [("to_pay", standing.to_pay_cents)]


WORDS = {
    "en": {
        "title": "Your statement",
        "year": "Year",
        "made": "As of",
        "prices": "Prices you agreed to",
        "agreed_on": "Agreed on",
        "list": "Full price",
        "discount": "Discount",
        "employer": "Paid by the benefit",
        "own": "Your part",
        "entries": "Payments and refunds",
        "date": "Date",
        "what": "What",
        "method": "With",
        "amount": "Amount",
        "paid": "Payment",
        "returned": "Payment that your bank returned",
        "refunded": "Refund to you",
        "refund_failed": "Refund that came back; we still owe it to you",
        "nothing": "Nothing in this year.",
        "sums": "This year",
        "sum_paid": "You paid",
        "sum_refunded": "You got back",
        "standing": "In all, over every year",
        "agreed": "Agreed",
        "waived": "Waived",
        "paid_so_far": "Paid",
        "lowered": "Given back after a price was lowered",
        "to_pay": "Still to pay",
        "page": "Page",
        "file": "statement",
        "download": "Download as PDF",
    },
    "es": {
        "title": "Su estado de cuenta",
        "year": "Año",
        "made": "Al",
        "prices": "Precios que aceptó",
        "agreed_on": "Aceptado el",
        "list": "Precio completo",
        "discount": "Descuento",
        "employer": "Pagado por el beneficio",
        "own": "Su parte",
        "entries": "Pagos y reembolsos",
        "date": "Fecha",
        "what": "Concepto",
        "method": "Con",
        "amount": "Importe",
        "paid": "Pago",
        "returned": "Pago que su banco devolvió",
        "refunded": "Reembolso a usted",
        "refund_failed": "Reembolso que volvió; aún se lo debemos",
        "nothing": "Nada en este año.",
        "sums": "Este año",
        "sum_paid": "Usted pagó",
        "sum_refunded": "Se le devolvió",
        "standing": "En total, de todos los años",
        "agreed": "Aceptado",
        "waived": "Condonado",
        "paid_so_far": "Pagado",
        "lowered": "Devuelto tras bajar un precio",
        "to_pay": "Por pagar",
        "page": "Página",
        "file": "estado-de-cuenta",
        "download": "Descargar en PDF",
    },
}
