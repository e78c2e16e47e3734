"""Operators sign employers, note their e-mail domains, invite their first admin, and help in an emergency."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.accounts.models import ALL_HR, HrPermission
from benefits.employers import queries, services
from benefits.employers.api.outputs import (
    AdminOutput,
    DomainOutput,
    EmployerChangeOutput,
    EmployerOutput,
    PendingAdminOutput,
    SignedOutOutput,
)
from benefits.employers.models import Employer, EmployerChange
from benefits.employers.rules import MOST_BRAKE_PERCENT
from workers.kernel import clock
from workers.kernel.api import Input, only, who

_OPERATOR = (only("operator"),)


class EmployerInput(Input):
    """A new employer."""

    name = serializers.CharField(max_length=200)


class Employers(ListAPIView[Employer]):
    """GET: the employers. POST: an employer signs."""

    permission_classes = _OPERATOR
    serializer_class = EmployerOutput

    def get_queryset(self) -> QuerySet[Employer]:
        """The newest first."""
        return queries.list_employers()

    @extend_schema(request=EmployerInput, responses={201: EmployerOutput})
    def post(self, request: Request) -> Response:
        """Create."""
        data = EmployerInput(data=request.data)
        data.is_valid(raise_exception=True)
        employer = services.create(**data.validated_data, now=clock.now())
        return Response(EmployerOutput(employer).data, status=201)


class BrakeInput(Input):
    """Of how much of the roster one admin alone may end the cover by absence."""

    brake_percent = serializers.IntegerField(min_value=0, max_value=MOST_BRAKE_PERCENT)


class EmployerDetail(APIView):
    """One employer."""

    permission_classes = _OPERATOR

    @extend_schema(responses=EmployerOutput)
    def get(self, request: Request, employer_id: UUID) -> Response:
        """Return it."""
        return Response(EmployerOutput(queries.get_employer(employer_id)).data)

    @extend_schema(request=BrakeInput, responses=EmployerOutput)
    def patch(self, request: Request, employer_id: UUID) -> Response:
        """Set its brake; its admins see in their history that it was set."""
        data = BrakeInput(data=request.data)
        data.is_valid(raise_exception=True)
        employer = services.set_brake(employer_id=employer_id, **data.validated_data, by=who(request), now=clock.now())
        return Response(EmployerOutput(employer).data)


class AdminInput(Input):
    """An HR admin and what they may do; without permissions they may read, and by default everything."""

    email = serializers.EmailField(max_length=254)
    permissions = serializers.ListField(
        child=serializers.ChoiceField(choices=HrPermission.choices), required=False, default=list(ALL_HR)
    )


class EmployerAdmins(APIView):
    """An employer's admins, for operators."""

    permission_classes = _OPERATOR

    @extend_schema(responses=AdminOutput(many=True))
    def get(self, request: Request, employer_id: UUID) -> Response:
        """List them, disabled ones too."""
        admins = queries.list_admins(queries.get_employer(employer_id).pk).order_by("-id")
        return Response(AdminOutput(admins, many=True).data)

    @extend_schema(request=AdminInput, responses={201: PendingAdminOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Mail an invitation."""
        data = AdminInput(data=request.data)
        data.is_valid(raise_exception=True)
        invitation = services.invite_admin(
            employer_id=employer_id, **data.validated_data, by=who(request), now=clock.now()
        )
        return Response(PendingAdminOutput(invitation).data, status=201)


class EmployerSignOut(APIView):
    """POST: end every session of an employer's admins, for when its mailboxes or its provider were broken into."""

    permission_classes = _OPERATOR

    @extend_schema(request=None, responses=SignedOutOutput)
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Sign them out."""
        ended = services.sign_out_everyone(employer_id=employer_id, by=who(request), now=clock.now())
        return Response(SignedOutOutput({"ended": ended}).data)


class DomainInput(Input):
    """An e-mail domain."""

    domain = serializers.CharField(max_length=253)


class EmployerDomains(APIView):
    """An employer's e-mail domains."""

    permission_classes = _OPERATOR

    @extend_schema(responses=DomainOutput(many=True))
    def get(self, request: Request, employer_id: UUID) -> Response:
        """List them."""
        domains = queries.list_domains(queries.get_employer(employer_id).pk).order_by("domain")
        return Response(DomainOutput(domains, many=True).data)

    @extend_schema(request=DomainInput, responses={201: DomainOutput})
    def post(self, request: Request, employer_id: UUID) -> Response:
        """Note one, after having seen to it that it is theirs alone."""
        data = DomainInput(data=request.data)
        data.is_valid(raise_exception=True)
        domain = services.add_domain(employer_id=employer_id, **data.validated_data, by=who(request), now=clock.now())
        return Response(DomainOutput(domain).data, status=201)


class EmployerDomainDetail(APIView):
    """DELETE: a domain is no longer theirs."""

    permission_classes = _OPERATOR

    @extend_schema(responses={204: None})
    def delete(self, request: Request, employer_id: UUID, domain_id: UUID) -> Response:
        """Remove it."""
        services.remove_domain(employer_id=employer_id, domain_id=domain_id, by=who(request), now=clock.now())
        return Response(status=204)


class EmployerChanges(ListAPIView[EmployerChange]):
    """GET: what was changed of an employer's admins, domains and plans, by whom."""

    permission_classes = _OPERATOR
    serializer_class = EmployerChangeOutput

    def get_queryset(self) -> QuerySet[EmployerChange]:
        """The newest first."""
        if "employer_id" not in self.kwargs:  # while the schema is written
            return EmployerChange.objects.none()
        return queries.list_changes(queries.get_employer(self.kwargs["employer_id"]).pk)
