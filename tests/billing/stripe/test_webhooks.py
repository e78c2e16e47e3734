"""`POST /webhooks/stripe/`: what is stored and what is refused."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import stripe
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from billing.stripe.client import API_VERSION
from billing.stripe.rules import BadSignature, check_signature
from workers.kernel.actor import WORKER, acting_as
from workers.outbox.models import Job
from workers.receipts.models import Receipt

SECRET, OLD = "whsec_new", "whsec_old"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "api_version": API_VERSION,
    "created": 1,
    "livemode": False,
    "pending_webhooks": 1,
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "receipt_email": "a@example.org"}},
}


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET, OLD]


def test_webhooks_speak_the_version_that_the_sdk_speaks() -> None:
    assert stripe.api_version == API_VERSION


def sign(body: str, now: datetime, secret: str = SECRET) -> str:
    """Sign as the SDK does: an oracle that is not ours."""
    return str(stripe.WebhookSignature.generate_signature_header(body, secret, int(now.timestamp())))


def send(body: str, signature: str) -> tuple[int, Any]:
    response = Client().post(
        "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return response.status_code, response.json()


def stored() -> int:
    with acting_as(WORKER):
        return Receipt.objects.count()


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_a_notice_signed_with_any_active_secret_is_stored_once(now: datetime, secret: str) -> None:
    body = json.dumps(EVENT)
    assert send(body, sign(body, now, secret)) == (200, {"stored": True})
    again = json.dumps({**EVENT, "pending_webhooks": 0})
    assert send(again, sign(again, now, secret)) == (200, {"stored": False})
    with acting_as(WORKER):
        assert "example.org" not in Receipt.objects.get().body
        assert Job.objects.count() == 1


def _altered(**change: Any) -> str:
    return json.dumps({**EVENT, **change})


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (_altered(livemode=True), "two worlds"),
        (_altered(account="acct_1"), "connected account"),
        (_altered(api_version="2020-08-27"), "set it to"),
        (_altered(object="v2.core.event"), "no Stripe event"),
        (_altered(data=None), "no Stripe event"),
        (_altered(id=5), "no Stripe event"),
        ("[]", "no Stripe event"),
        ("{", "Expecting property name"),
    ],
)
def test_a_signed_notice_that_is_not_for_us_is_refused_with_the_reason(now: datetime, body: str, words: str) -> None:
    status, problem = send(body, sign(body, now))
    assert status == 400
    assert words in problem["detail"]
    assert stored() == 0


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_notice_of_another_time_is_refused(now: datetime, minutes: int) -> None:
    body = json.dumps(EVENT)
    status, problem = send(body, sign(body, now + timedelta(minutes=minutes)))
    assert (status, problem["code"]) == (400, "notice_refused")
    assert "5 minutes" in problem["detail"]
    assert stored() == 0


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("header", ["", "t=1", "v1=aa", "t=x,v1=aa", "t=1,t=2,v1=aa", "t=²,v1=aa", "t=1,v1=é", "=,="])
def test_a_malformed_signature_is_refused(now: datetime, header: str) -> None:
    with pytest.raises(BadSignature):
        check_signature(b"{}", header, [SECRET], now)


@pytest.mark.usefixtures("committed_db")
def test_a_tampered_or_forged_notice_is_refused(now: datetime) -> None:
    body = json.dumps(EVENT)
    assert send(body + " ", sign(body, now))[0] == 400
    assert send(body, sign(body, now, "whsec_other"))[0] == 400
    assert stored() == 0


@pytest.mark.usefixtures("committed_db")
def test_only_post_is_answered_and_no_oversized_body(now: datetime, settings: Any) -> None:
    assert Client().get("/webhooks/stripe/").status_code == 405
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    body = json.dumps(EVENT)
    assert send(body, sign(body, now))[0] == 413


@given(body=st.text(), seconds=st.integers(-300, 300))
def test_what_the_sdk_signs_is_accepted_within_five_minutes(body: str, seconds: int) -> None:
    at = datetime.fromisoformat("2026-03-02T15:00:00+00:00")
    check_signature(
        body.encode("utf-8", "replace"),
        sign(body.encode("utf-8", "replace").decode(), at),
        [OLD, SECRET],
        at + timedelta(seconds=seconds),
    )
