"""Payment methods over HTTP, for the member they belong to."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.payment_plans import queries
from billing.payment_plans.models import PaymentMethod, PaymentMethodSetup, SetupStatus, SetupWay
from billing.payment_plans.rules import MANDATE_VERSION, MethodKind, mandate_text
from billing.payment_plans.services import methods
from workers.kernel import clock
from workers.kernel.api import Input, only
from workers.kernel.web import language

_SECRET = {"Cache-Control": "no-store"}


class MethodOutput(serializers.Serializer[PaymentMethod]):
    """A card or bank account as its owner knows it; `expires_on` is a card's last day."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    last4 = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    stored_at = serializers.DateTimeField()


class Methods(ListAPIView[PaymentMethod]):
    """The member's payment methods, newest first."""

    permission_classes = (only("employee"),)
    serializer_class = MethodOutput

    def get_queryset(self) -> QuerySet[PaymentMethod]:
        """Row-level security leaves the member's own."""
        return queries.list_methods()


class Method(APIView):
    """One payment method."""

    permission_classes = (only("employee"),)

    @extend_schema(responses={202: MethodOutput})
    def delete(self, request: Request, method_id: UUID) -> Response:
        """Have it removed here and at Stripe; it is not charged any more a moment later."""
        method = methods.ask_removal(method_id=method_id, now=clock.now())
        return Response(MethodOutput(method).data, status=202)


class MandateOutput(serializers.Serializer[Any]):
    """What a member agrees to by `mandate_accepted`, in the language of Accept-Language (English or Spanish)."""

    kind = serializers.ChoiceField(choices=[each.value for each in MethodKind])
    version = serializers.CharField()
    text = serializers.CharField()


class Mandates(APIView):
    """The words that are shown before a payment method is stored."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=MandateOutput(many=True))
    def get(self, request: Request) -> Response:
        """Return the present words for each kind of payment method."""
        words = [
            {"kind": kind, "version": MANDATE_VERSION, "text": mandate_text(kind, language())} for kind in MethodKind
        ]
        return Response(MandateOutput(words, many=True).data)


class SetupInput(Input):
    """The member's permission (the words of `…/mandates/`) to store a payment method and to charge it later."""

    mandate_accepted = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=[each.value for each in MethodKind], default=MethodKind.CARD.value)
    way = serializers.ChoiceField(choices=SetupWay.values, default=SetupWay.ELEMENTS.value)


class SetupOutput(serializers.Serializer[PaymentMethodSetup]):
    """The storing of a payment method; the secret is shown while the browser needs it."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    kind = serializers.CharField()
    setup_intent = serializers.CharField(source="setup_intent_id")
    checkout_url = serializers.SerializerMethodField()
    client_secret = serializers.SerializerMethodField()
    publishable_key = serializers.SerializerMethodField()
    mandate_text = serializers.CharField()

    def get_client_secret(self, setup: PaymentMethodSetup) -> str | None:
        """For Stripe.js, while the status is ready."""
        return setup.client_secret if setup.status == SetupStatus.READY else None

    def get_checkout_url(self, setup: PaymentMethodSetup) -> str | None:
        """Stripe's own page, where that was asked for, while the status is ready."""
        return setup.checkout_url or None if setup.status == SetupStatus.READY else None

    def get_publishable_key(self, setup: PaymentMethodSetup) -> str:
        """The key that a browser may hold."""
        return settings.STRIPE_PUBLISHABLE_KEY


class Setups(APIView):
    """Storing payment methods."""

    permission_classes = (only("employee"),)

    @extend_schema(request=SetupInput, responses={202: SetupOutput})
    def post(self, request: Request) -> Response:
        """Begin; the SetupIntent is ready a moment later."""
        form = SetupInput(data=request.data)
        form.is_valid(raise_exception=True)
        user: Any = request.user
        wanted = form.validated_data
        setup = methods.request_setup(
            member_id=user.member_id,
            mandate_accepted=wanted["mandate_accepted"],
            kind=MethodKind(wanted["kind"]),
            way=SetupWay(wanted["way"]),
            language=language(),
            now=clock.now(),
        )
        return Response(SetupOutput(setup).data, status=202, headers=_SECRET)


class Setup(APIView):
    """The storing of one payment method."""

    permission_classes = (only("employee"),)

    @extend_schema(responses=SetupOutput)
    def get(self, request: Request, setup_id: UUID) -> Response:
        """Return where it stands."""
        return Response(SetupOutput(queries.get_setup(setup_id)).data, headers=_SECRET)
