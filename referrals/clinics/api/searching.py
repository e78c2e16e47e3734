"""Members search the directory; operators add to it."""

from dataclasses import fields
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import permissions, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from referrals.clinics import queries, services
from referrals.clinics.api.keeping import KEEPERS, kept
from referrals.clinics.api.outputs import CountsOutput, KeptOutput, NearOutput
from referrals.clinics.forms import ClinicInput, Search
from referrals.clinics.models import Clinic
from referrals.clinics.rules.hours import Hours
from workers.kernel import clock
from workers.kernel.api import only
from workers.kernel.wire import Pages

_SEARCHERS = only("employee", "operator")


class InOrder(Pages):
    """Pages by what the search is sorted by."""

    ordering = ("rank", "id")  # type: ignore[assignment] # the base, our own, has one name


class Clinics(GenericAPIView[Clinic]):
    """Search the directory (members), or add to it (operators)."""

    pagination_class = InOrder
    serializer_class = NearOutput
    queryset = Clinic.objects.none()

    def get_permissions(self) -> list[permissions.BasePermission]:
        """Members search; only operators who hold `care` add."""
        return [KEEPERS()] if self.request.method == "POST" else [_SEARCHERS()]

    @extend_schema(parameters=[Search], responses=NearOutput(many=True), filters=True)
    def get(self, request: Request) -> Response:
        """Those that take referrals, within `max_distance_km` (100, or 5,000 for a `name`), nearest first.

        `sort` by `price` takes a session `kind`, by `match` a `name`, which need not be spelled right.
        """
        found = queries.find(_search(request)).prefetch_related("organization")
        page = self.paginate_queryset(found)
        return self.get_paginated_response(NearOutput(page, many=True).data)

    @extend_schema(request=ClinicInput, responses={201: KeptOutput})
    def post(self, request: Request) -> Response:
        """Add a clinic with its prices."""
        data = ClinicInput(data=request.data)
        data.is_valid(raise_exception=True)
        given = data.validated_data
        prices = [services.Price(**price) for price in given.pop("prices")]
        given["hours"] = [Hours(**one) for one in given.pop("hours", ())]
        given["credentials"] = [services.NewCredential(**one) for one in given.pop("credentials", ())]
        clinic = services.create(clinic=services.NewClinic(**given), prices=prices, now=clock.now())
        return Response(kept(clinic), status=status.HTTP_201_CREATED)


class Facets(APIView):
    """What there is to choose from."""

    permission_classes = (_SEARCHERS,)

    @extend_schema(parameters=[Search], responses=CountsOutput)
    def get(self, request: Request) -> Response:
        """How many clinics of the same search have which route, language, … ; `sort` and pages play no part."""
        return Response(CountsOutput(queries.count_facets(_search(request))).data)


def _search(request: Request) -> queries.Search:
    form = Search(data=request.query_params.dict())
    form.is_valid(raise_exception=True)
    asked: dict[str, Any] = dict(form.validated_data)
    known = {field.name for field in fields(queries.Search)}
    wanted = {name: value for name, value in asked.items() if name in known}
    user: Any = request.user
    if user.role == "employee" and "kind" in asked:
        wanted["terms"] = queries.own_terms(user.member_id, asked["kind"], now=clock.now())
    return queries.Search(**wanted, within_km=asked["max_distance_km"], now=clock.now())
