"""`POST /webhooks/mail/`: the mail provider's notices of bounces, complaints and deliveries."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workers.emails.notices import read_notices, take
from workers.kernel import clock
from workers.receipts.bodies import read_body

MAX_BYTES = 1024 * 1024


class MailNotices(APIView):
    """One provider's webhook (MAIL_PROVIDER), authenticated as that provider does it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """200 when it was taken, the first time or again; 400, 404, 411, 413 and 415 say what is wrong."""
        body: Any = request._request
        read_body(body, most=MAX_BYTES)
        notices = read_notices(body)
        take(notices, now=clock.now())
        return Response({"taken": len(notices)})
