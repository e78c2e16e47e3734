"""Change-sets as the API shows them, and who asks."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from benefits.accounts.models import HrPermission
from benefits.eligibility.models import ChangeSet, StagedRow, Status
from benefits.eligibility.rules.effects import refusal
from benefits.eligibility.services.progress import progress_of
from workers.kernel.api import only

READERS = only("hr_admin")
PEOPLE = only("hr_admin", permission=HrPermission.PEOPLE)  # who keeps the roster
_AT_WORK = (Status.READING, Status.APPLYING, Status.UNDOING)


class ErrorOutput(serializers.Serializer[object]):
    """What is wrong in a cell, and the remedy."""

    row = serializers.IntegerField()
    column = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class RowErrorsOutput(serializers.Serializer[Any]):
    """A row that could not be, whom it names ("" for nobody), and all that is wrong with it."""

    row = serializers.IntegerField()
    employee_number = serializers.CharField()
    errors = serializers.SerializerMethodField()  # type: ignore[assignment] # a field, as in the JSON

    @extend_schema_field(ErrorOutput(many=True))
    def get_errors(self, staged: StagedRow) -> list[dict[str, Any]]:
        """Those of its cells, and why the roster refuses it."""
        return [*staged.errors, *([refusal(staged.row, staged.refused)] if staged.refused else [])]


class DiffOutput(serializers.Serializer[object]):
    """How many rows do what; `rows` names the first 1,000 of each, `absent_employee_numbers` whom a full file lacks.

    `roster` is how many the roster had, `unnamed` how many rows name nobody.
    """

    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    ended = serializers.IntegerField()
    reinstated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    ignored = serializers.IntegerField()
    absent = serializers.IntegerField()
    roster = serializers.IntegerField()
    unnamed = serializers.IntegerField()
    rows = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    absent_employee_numbers = serializers.ListField(child=serializers.CharField())


class ProgressOutput(serializers.Serializer[object]):
    """How far a worker has got."""

    phase = serializers.CharField()
    rows = serializers.IntegerField()
    percent = serializers.IntegerField()


class ApprovalOutput(serializers.Serializer[object]):
    """Who agreed to how many terminations by absence."""

    approved_by = serializers.UUIDField()
    approved_at = serializers.DateTimeField()
    absent = serializers.IntegerField()


class ChangeSetListOutput(serializers.Serializer[object]):
    """A change-set in a list."""

    id = serializers.UUIDField()
    door = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    ends_absent = serializers.BooleanField()
    rows = serializers.IntegerField()
    error_count = serializers.IntegerField()
    uploaded_by = serializers.UUIDField()
    uploaded_at = serializers.DateTimeField()
    applied_by = serializers.UUIDField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    undone_by = serializers.UUIDField(allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)


class ChangeSetOutput(ChangeSetListOutput):
    """A change-set. `diff` is null until it was read; `refusal` tells why what a worker was asked for was not done."""

    errors = ErrorOutput(many=True)  # type: ignore[assignment] # a field, as in the JSON
    diff = serializers.SerializerMethodField()
    refusal = serializers.JSONField(allow_null=True)
    progress = serializers.SerializerMethodField()
    approvals = ApprovalOutput(many=True)

    @extend_schema_field(DiffOutput(allow_null=True))
    def get_diff(self, change_set: ChangeSet) -> dict[str, Any] | None:
        """What it would do, or did."""
        return DiffOutput(change_set.diff).data if change_set.diff else None

    @extend_schema_field(ProgressOutput(allow_null=True))
    def get_progress(self, change_set: ChangeSet) -> dict[str, Any] | None:
        """Null while no worker is at it."""
        return progress_of(change_set.pk, phase=change_set.status) if change_set.status in _AT_WORK else None


def shown(change_set: ChangeSet, *, status: int = 200) -> Response:
    """Answer with a change-set: 202 when a worker has to go on."""
    is_waiting = change_set.status in _AT_WORK
    return Response(
        ChangeSetOutput(change_set).data,
        status=202 if is_waiting else status,
        headers={"Location": f"/api/v1/change-sets/{change_set.pk}/"},
    )
