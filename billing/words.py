"""The codes of money as people say them, for pages."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, Mapping[str, Any]] = {
    "transfer": {
        "recorded": _("Being prepared"),
        "sending": _("On its way"),
        "sent": _("Transferred"),
        "waiting_funds": _("Waits for a day"),
        "refused": _("Could not be transferred: we look into it"),
        "taking_back": _("Being taken back"),
        "taken_back": _("Taken back"),
        "carried": _("Goes into the next month"),
    },
    "instalment": {
        "scheduled": _("To come"),
        "due": _("Waits for the payer’s word"),
        "charging": _("Being debited"),
        "processing": _("At the bank"),
        "action_required": _("The bank asks the payer to confirm"),
        "retry_wait": _("Failed, tried again by itself"),
        "needs_method": _("Needs another payment method"),
        "paid": _("Received"),
        "cancelled": _("Given up"),
    },
    "evidence": {
        "pay_stub": _("Pay stub"),
        "w2": _("Form W-2"),
        "1040": _("Tax return (form 1040)"),
        "award_letter": _("Award letter"),
        "appeal": _("An appeal that was granted"),
    },
    "document": {
        "submitted": _("Being looked at"),
        "accepted": _("Accepted as evidence"),
        "refused": _("Refused: it does not show this income"),
    },
    "appeal": {
        "open": _("Being looked at"),
        "granted": _("Granted"),
        "upheld": _("Not granted"),
    },
    "difference": {
        "missing_in_ledger": _("Stripe has it, the ledger has not"),
        "missing_at_stripe": _("The ledger has it, Stripe has not"),
        "amount_differs": _("The amounts differ"),
        "unknown_type": _("A movement of an unknown type"),
        "payout_unexplained": _("A payout that is not the sum of its parts"),
    },
    "work_item": {
        "dispute": _("A payer objects at their bank"),
        "instalment_unpaid": _("An instalment stays unpaid"),
        "orphan_payment": _("Money came that nobody asked for"),
        "other_currency": _("A payment in another currency"),
        "second_charge": _("Something was charged twice"),
        "amount_differs": _("Another amount came than was asked for"),
        "refund_failed": _("A refund came back"),
        "refund_refused": _("Stripe would not make a refund"),
        "refund_lost": _("Money was given back, and then its bank took it back as well"),
        "refund_from_dashboard": _("Somebody refunded at Stripe by hand"),
        "invoice_taken_back": _("An employer’s bank took a payment back"),
        "session_unpriced": _("A session took place without an agreed price"),
        "session_uncovered": _("A session took place after cover had ended"),
    },
    "what_to_do": {
        "dispute": _("Answer in Stripe’s dashboard in time; it closes by itself when Stripe decides."),
        "instalment_unpaid": _("Call: is it hard for them? Pause, spread or waive it. Care goes on in any case."),
        "orphan_payment": _("After a restored backup: agree with the member; it is booked as their credit."),
        "other_currency": _("Refund it in Stripe’s dashboard."),
        "second_charge": _("It is on its way back. Find out how it came: a charge by hand, a restored backup."),
        "amount_differs": _("Refund the difference."),
        "refund_failed": _("It is still owed: find another way to pay, or try it again through the API."),
        "refund_refused": _("Decide again: nothing is reserved any more."),
        "refund_lost": _("Ask the payer for it, or leave it: it is booked as lost."),
        "refund_from_dashboard": _("Nothing, or ask who it was: it is booked."),
        "invoice_taken_back": _(
            "Answer in Stripe’s dashboard where that is possible, and ask the employer: its invoice is open again."
        ),
        "session_unpriced": _("Have the member agree to a price; until then nothing is booked. It closes by itself."),
        "session_uncovered": _(
            "Have the member ask for the price of what is to come: the employer pays no more of it."
        ),
    },
    "refund": {
        "approved": _("Approved"),
        "sending": _("On its way"),
        "unknown": _("Being asked after"),
        "pending": _("At the bank"),
        "succeeded": _("Given back"),
        "failed": _("Came back"),
        "refused": _("Refused by Stripe"),
    },
    "quote": {
        "offered": _("Offered"),
        "accepted": _("Agreed"),
        "expired": _("Expired"),
        "replaced": _("Replaced by another"),
    },
}
