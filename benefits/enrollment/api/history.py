"""What was changed of a member: who, through which door, when, before and after."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from benefits.enrollment import queries
from workers.kernel.actor import Role
from workers.kernel.api import only
from workers.kernel.wire import Pages

_ROLES = {Role.HR: "hr_admin", Role.OPERATOR: "operator", Role.WORKER: "system"}


class MemberChangeOutput(serializers.Serializer[Any]):
    """One change. `before` and `after` hold what differs; of an address only that there is another one.

    What an operator did says neither who nor why: that is theirs to explain.
    """

    number = serializers.IntegerField()
    changed_at = serializers.DateTimeField()
    door = serializers.CharField()
    by = serializers.UUIDField(allow_null=True)
    by_role = serializers.CharField()
    reason = serializers.CharField()
    change_set_id = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField()
    subject_id = serializers.UUIDField()
    before = serializers.DictField(allow_null=True)
    after = serializers.DictField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As rows, with what is nobody's business left out."""
        by_role = _ROLES.get(Role(instance.role), "system")
        is_hr = by_role == "hr_admin"
        return {
            "number": instance.number,
            "changed_at": instance.changed_at,
            "door": instance.door,
            "by": instance.changed_by if is_hr else None,
            "by_role": by_role,
            "reason": instance.reason if is_hr else "",
            "change_set_id": instance.change_set_id,
            "subject": instance.subject,
            "subject_id": instance.subject_id,
            "before": _without_address(instance.before),
            "after": _without_address(instance.after or instance.began_as),
        }


def _without_address(facts: dict[str, Any] | None) -> dict[str, Any] | None:
    """That there is an address, and never a hash of it."""
    if facts is None or "contact_hash" not in facts:
        return facts
    others = {name: value for name, value in facts.items() if name != "contact_hash"}
    return others | {"has_address": bool(facts["contact_hash"])}


class ChangePages(Pages):
    """The newest change first."""

    ordering = "-number"


class MemberHistory(generics.GenericAPIView[Any]):
    """GET: a member's history, the newest change first."""

    permission_classes = (only("hr_admin"),)
    serializer_class = MemberChangeOutput
    pagination_class = ChangePages

    @extend_schema(responses=MemberChangeOutput(many=True))
    def get(self, request: Request, member_id: UUID) -> Response:
        """A page of it."""
        member = queries.get_on_roster(member_id)
        page = self.paginate_queryset(queries.list_changes(member))
        return self.get_paginated_response(MemberChangeOutput(page, many=True).data)
