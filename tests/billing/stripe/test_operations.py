"""What docs/operations.md tells an operator to set up at Stripe is what the code needs."""

import re
from pathlib import Path

import pytest

from billing.events import StripeNoticeReceived
from billing.events.books import InvoiceNoticeReceived, PayoutNoticeReceived
from billing.stripe.client import API_VERSION
from billing.stripe.services.notices import HEEDED, announcement
from workers.kernel.ids import new_id

DOCUMENT = (Path(__file__).parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
BOOKS = {
    "invoice.paid": InvoiceNoticeReceived,
    "invoice.payment_succeeded": InvoiceNoticeReceived,
    "payout.paid": PayoutNoticeReceived,
    "payout.failed": PayoutNoticeReceived,
}


def test_the_endpoint_of_the_document_sends_every_type_that_is_heeded_and_no_other() -> None:
    documented = re.findall(r"enabled_events\[\]=([a-z_.]+)", DOCUMENT)
    assert len(documented) == len(set(documented))
    assert set(documented) == HEEDED | set(BOOKS)


@pytest.mark.parametrize("notice_type", BOOKS)
def test_the_books_hear_of_invoices_and_payouts(notice_type: str) -> None:
    assert isinstance(announcement(notice_type, new_id()), BOOKS[notice_type])


def test_whatever_the_payments_heed_is_announced_to_them_and_nothing_else_is() -> None:
    assert {type(announcement(each, new_id())) for each in HEEDED} == {StripeNoticeReceived}
    assert announcement("balance.available", new_id()) is None


def test_the_endpoint_of_the_document_has_the_version_that_we_speak() -> None:
    assert f"--api-version {API_VERSION} " in DOCUMENT
