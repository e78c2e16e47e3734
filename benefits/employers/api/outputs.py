"""What is said of employers, their admins, and what was changed."""

from typing import Any

from rest_framework import serializers

from benefits.accounts.models import HrPermission
from benefits.employers.models import AdminInvitation, Employer, EmployerChange


class EmployerOutput(serializers.Serializer[Employer]):
    """An employer."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    brake_percent = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DomainOutput(serializers.Serializer[object]):
    """An e-mail domain that is an employer's alone."""

    id = serializers.UUIDField()
    domain = serializers.CharField()
    added_at = serializers.DateTimeField()


class AdminOutput(serializers.Serializer[Any]):
    """An HR admin; without permissions they may read."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    permissions = serializers.ListField(child=serializers.ChoiceField(choices=HrPermission.choices))
    enabled = serializers.BooleanField(source="is_active")
    created_at = serializers.DateTimeField()


class PendingAdminOutput(serializers.Serializer[AdminInvitation]):
    """Somebody who was asked to be an admin, and has not said yes so far."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.CharField(default="hr_admin")
    permissions = serializers.ListField(child=serializers.ChoiceField(choices=HrPermission.choices))
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class EmployerChangeOutput(serializers.Serializer[EmployerChange]):
    """Who changed what: `before` and `after` hold what differs; nobody is `by_id` where a command did it."""

    id = serializers.UUIDField()
    change = serializers.CharField()
    subject_id = serializers.UUIDField()
    before = serializers.DictField()
    after = serializers.DictField()
    by_id = serializers.UUIDField(allow_null=True)
    by_role = serializers.CharField()
    at = serializers.DateTimeField()


class SignedOutOutput(serializers.Serializer[object]):
    """How many sessions ended."""

    ended = serializers.IntegerField()
