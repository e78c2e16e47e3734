"""`POST /webhooks/stripe/`: verify, store once, answer. What a notice means is worked out later."""

import json
import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.events import StripeNoticeReceived
from billing.events.books import InvoiceNoticeReceived, PayoutNoticeReceived
from billing.stripe.client import API_VERSION
from billing.stripe.rules import BadSignature, check_signature
from billing.stripe.services.notices import HEEDED
from workers.events import Event
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.receipts.bodies import read_body
from workers.receipts.receiving import receive

log = logging.getLogger(__name__)
MAX_BYTES = 1024 * 1024


class NoticeRefused(DomainError):
    """This notice is not stored; the message says why."""

    code = "notice_refused"
    status = 400


class StripeWebhook(APIView):
    """Stripe's signed events, snapshot form."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """Store one event; 200 also for a repeat. 400, 409, 411, 413 and 415 say what is wrong."""
        event = _verified(request)
        is_new = receive(
            source="stripe",
            message_id=event["id"],
            body=json.dumps(_essence(event), sort_keys=True),
            announce=lambda receipt_id: announcement(event["type"], receipt_id),
            now=clock.now(),
        )
        return Response({"stored": is_new})


def announcement(notice_type: str, receipt_id: UUID) -> Event | None:
    """What is announced of a notice: the books hear of invoices and payouts, all else is about people's payments.

    None for a type that nobody heeds: it is kept as proof of what Stripe sent, and gives no worker anything to do.
    """
    match notice_type.partition(".")[0]:
        case "invoice":
            return InvoiceNoticeReceived(receipt_id=receipt_id)
        case "payout":
            return PayoutNoticeReceived(receipt_id=receipt_id)
        case _ if notice_type in HEEDED:
            return StripeNoticeReceived(receipt_id=receipt_id)
        case _:
            log.info("stripe event ignored type=%s receipt=%s", notice_type, receipt_id)
            return None


def _verified(request: Request) -> dict[str, Any]:
    body = read_body(request, most=MAX_BYTES)
    try:
        check_signature(body, request.headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRETS, clock.now())
        event: dict[str, Any] = json.loads(body)
    except (BadSignature, ValueError) as error:
        raise NoticeRefused(str(error)) from None
    except RecursionError:
        raise NoticeRefused("The notice is nested too deeply.") from None
    _check_is_for_us(event)
    return event


def _check_is_for_us(event: Any) -> None:
    if not _is_snapshot(event):
        raise NoticeRefused("This is no Stripe event in snapshot form.")
    if event.get("livemode") is not settings.STRIPE_LIVE:
        raise NoticeRefused(f"livemode is {event.get('livemode')!a:.20}: that is the other one of Stripe's two worlds.")
    if event.get("account"):
        raise NoticeRefused("This event belongs to a connected account: this endpoint is for our own.")
    if event.get("api_version") != API_VERSION:
        raise NoticeRefused(f"The endpoint sends version {event.get('api_version')!a:.40}: set it to {API_VERSION}.")


def _is_snapshot(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("object") != "event":
        return False
    data = event.get("data")
    texts = [event.get("id"), event.get("type")]
    has_subject = isinstance(data, dict) and isinstance(data.get("object"), dict)
    return has_subject and all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts)


def _essence(event: dict[str, Any]) -> dict[str, Any]:
    """What is kept: no person's details, and not the counter of deliveries that differs between two copies."""
    subject = event["data"]["object"]
    kept = {name: subject.get(name) for name in ("id", "object", "payment_intent")}
    return {"id": event["id"], "type": event["type"], "created": event.get("created"), "object": kept}
