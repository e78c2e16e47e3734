"""Invoices at Stripe: asked for once, whatever is lost, and never for another sum than ours."""

import json
from functools import partial

import pytest
import stripe

from billing.invoices.models import StripeInvoice
from billing.invoices.services import issuing, stripe_sync
from billing.ledger.models import Posting
from billing.stripe import client
from tests.billing.invoices.at_stripe import fresh, invoices_at_stripe, recover
from tests.factories.books import (
    APRIL_3,
    FINANCE,
    SIGNED,
    contribute_all,
    deposit_of,
    issued,
)
from tests.racing import at_once
from workers.kernel.actor import WORKER, acting_as


def _requests(world, method="POST"):
    return [line["path"] for line in world.bench.read("log") if line["method"] == method]


def test_an_issued_invoice_is_drafted_filled_finalized_and_sent(world, employer):
    contribute_all(employer, [60_000] * 11)
    invoice = issued(employer)
    world.run()
    [there] = invoices_at_stripe(world)
    assert (there["status"], there["total"], there["number"]) == ("open", 674_000, invoice.number)
    assert there["customer_email"] == "bills@employer.example"
    assert fresh(invoice).pay_url == there["hosted_invoice_url"]
    asked = [path.rpartition("/")[2] for path in _requests(world) if "/v1/invoice" in path]
    assert asked == ["invoices", "invoiceitems", "invoiceitems", "finalize", "send"]


def test_case_36_no_byte_of_an_invoice_at_stripe_names_care_a_member_or_the_company(world, employer):
    contribute_all(employer, [60_000] * 11)
    issued(employer)
    world.run()
    sent = json.dumps([line["params"] for line in world.bench.read("log") if "invoice" in line["path"]]).lower()
    for word in ("ketamine", "therapy", "care", "session", "clinic", "treatment", "standard", "employer "):
        assert word not in sent


def test_case_35_ten_members_in_care_are_none_to_stripe(world, employer):
    """What is held back is in no request: neither its cents nor anybody's id."""
    contribute_all(employer, [60_000] * 10)
    issued(employer)
    world.run()
    [there] = invoices_at_stripe(world)
    assert there["total"] == 24_000
    told = [
        line["params"] for line in world.bench.read("log") if "invoice" in line["path"] and line["method"] == "POST"
    ]
    with acting_as(WORKER):
        members = {str(one) for one in Posting.objects.exclude(member_id=None).values_list("member_id", flat=True)}
    text = json.dumps(told).lower()
    assert len(members) == 10
    assert [word for word in ("contribution", "60000", "600000", *members) if word in text] == []


def test_case_31_two_workers_finalise_one_invoice_and_nothing_is_added_afterwards(world, employer):
    contribute_all(employer, [60_000] * 11)
    invoice = issued(employer)
    sync = partial(stripe_sync.sync, invoice_id=invoice.pk, now=APRIL_3)
    at_once(sync, sync, expected=client.StripeFailure)
    recover(world)
    [there] = invoices_at_stripe(world)
    assert (there["status"], there["total"], there["number"]) == ("open", 674_000, invoice.number)
    late = {"customer": there["customer"], "invoice": there["id"], "amount": 500, "currency": "usd"}
    with pytest.raises(stripe.InvalidRequestError):
        world.bench.stripe.v1.invoice_items.create(late)
    sync()
    assert [one["total"] for one in invoices_at_stripe(world)] == [674_000]


def test_an_invoice_settled_in_advance_is_never_sent(world, employer):
    deposit_of(employer, 30_000)
    issued(employer)
    world.run()
    assert invoices_at_stripe(world) == []


def test_what_was_settled_in_part_is_taken_off(world, employer):
    deposit_of(employer, 10_000)
    issued(employer)
    world.run()
    [there] = invoices_at_stripe(world)
    assert there["total"] == 14_000


def test_a_voided_invoice_is_voided_at_stripe(world, employer):
    invoice = issued(employer)
    world.run()
    with acting_as(FINANCE):
        issuing.void(invoice_id=invoice.pk, signature=SIGNED, now=APRIL_3)
    world.run()
    assert [one["status"] for one in invoices_at_stripe(world)] == ["void"]


@pytest.mark.parametrize(
    "path", ["/v1/customers", "/v1/invoices", "/v1/invoiceitems", "/v1/invoices/*/finalize", "/v1/invoices/*/send"]
)
@pytest.mark.parametrize(
    ("kind", "stage"), [("drop", "before"), ("drop", "after"), ("error", "before"), ("error", "after")]
)
def test_whatever_is_lost_one_invoice_over_our_total_is_open(world, employer, path, kind, stage):
    contribute_all(employer, [60_000] * 11)
    world.bench.order("faults", method="POST", path=path, kind=kind, stage=stage)
    invoice = issued(employer)
    world.run()
    recover(world)
    assert [(one["status"], one["total"]) for one in invoices_at_stripe(world)] == [("open", 674_000)]
    assert fresh(invoice).pay_url
    assert world.open_jobs() == 0


def test_a_draft_that_somebody_changed_at_stripe_is_not_sent(world, employer):
    """Another sum than ours: a person has to look, and nothing goes out."""
    invoice = issued(employer)
    world.bench.order("faults", kind="drop", stage="before", method="POST", path="/v1/invoices/*/finalize")
    world.run()
    with acting_as(WORKER):
        row = StripeInvoice.objects.get(invoice=invoice)
    customer = row.params["customer"]
    item = {"customer": customer, "invoice": row.stripe_id, "amount": 500, "currency": "usd"}
    world.bench.stripe.v1.invoice_items.create(item)
    with pytest.raises(stripe_sync.InvoiceDiffers, match="24500"):
        stripe_sync.sync(invoice_id=invoice.pk, now=APRIL_3)
    assert [one["status"] for one in invoices_at_stripe(world)] == ["draft"]
