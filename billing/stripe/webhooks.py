"""`POST /webhooks/stripe/`: verify, store once, answer. What a notice means is worked out later."""

import json
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.stripe.client import API_VERSION
from billing.stripe.rules import BadSignature, check_signature
from billing.stripe.services.notices import record
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.receipts.bodies import read_body

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
        is_new = record(event, now=clock.now())
        return Response({"stored": is_new})


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
