"""The API's own door: one member or many at once, each as a row of a census."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benefits.eligibility.api.outputs import PEOPLE, ChangeSetOutput, shown
from benefits.eligibility.rules.columns import COLUMNS, REQUIRED
from benefits.eligibility.rules.limits import ROSTER
from benefits.eligibility.services.members import MOST_MEMBERS, change_members
from workers.kernel import clock
from workers.kernel.api import Input, employer_of, scoped, who


class MemberInput(Input):
    """A member as a census describes them: texts, days as 2026-03-31."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """One per column of a census."""
        return {name: _text(is_required=name in REQUIRED) for name in COLUMNS}


def _text(*, is_required: bool) -> serializers.CharField:
    """What is in it is checked as a cell is, with the same remedies."""
    return serializers.CharField(required=is_required, allow_blank=True, trim_whitespace=False, max_length=1_000)


class MemberChangesInput(Input):
    """1 to 1,000 members, and whether those without errors go ahead while others have some."""

    members = MemberInput(many=True, min_length=1, max_length=MOST_MEMBERS)  # type: ignore[call-arg]  # for its list
    skip_rows_with_errors = serializers.BooleanField(required=False, default=False)


class MemberChanges(APIView):
    """POST: members are added, changed, ended, reinstated, all at once, with `Idempotency-Key` once.

    For HR admins and for HR's own system, with the token that its identity provider has for SCIM.
    """

    permission_classes = (PEOPLE | scoped(ROSTER),)

    @extend_schema(request=MemberChangesInput, responses={201: ChangeSetOutput})
    def post(self, request: Request) -> Response:
        """Answer 201 with the applied change-set; 422 names what is wrong by the member's place, from 1."""
        data = MemberChangesInput(data=request.data)
        data.is_valid(raise_exception=True)
        change_set = change_members(
            employer_id=employer_of(request),
            members=data.validated_data["members"],
            skip_rows_with_errors=data.validated_data["skip_rows_with_errors"],
            by=who(request),
            now=clock.now(),
        )
        return shown(change_set, status=201)
