"""The door for clinics' signed messages (Standard Webhooks): verify, store, answer; a worker applies them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinic_updates.services.storing import store
from workers.deliveries.senders import find_sender
from workers.deliveries.signing import BadSignature, new_secret, verify
from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.receipts.bodies import read_body

MAX_BYTES = 64 * 1024
_NOBODYS = (new_secret(),)  # an unknown endpoint takes as long as a wrong signature


class NotSigned(DomainError):
    """No signature of a known endpoint verifies: a wrong one and an unknown endpoint answer alike."""

    code = "bad_signature"
    status = 401


class ClinicMessages(APIView):
    """A clinic's endpoint: 202 when a message was stored, 200 when it had been before."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Store a message. 400, 401, 409, 411, 413, 415 and 422 say what is wrong."""
        body, now = read_body(request, most=MAX_BYTES), clock.now()
        clinic_id, message_id = _authenticate(endpoint_id, request.headers, body, now)
        is_new = store(clinic_id=clinic_id, message_id=message_id, body=body, now=now)
        return Response({"status": "stored" if is_new else "stored_before"}, status=202 if is_new else 200)


def _authenticate(endpoint_id: UUID, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[UUID, str]:
    """Return whose message this is, and its id. Raises NotSigned."""
    sender = find_sender(endpoint_id, now=now)
    try:
        message_id = verify(headers, body=body, keys=sender.secrets if sender else _NOBODYS, now=now)
    except BadSignature as error:
        raise NotSigned(str(error)) from None
    if sender is None:
        raise AssertionError("A secret that never left this process signed a message.")
    return sender.owner_id, message_id
