"""What every JSON interface shares: input that refuses unknown fields, and who may call."""

import math
from typing import Any

from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.views import APIView


class Input(serializers.Serializer[Any]):
    """Base of input serializers: a field that is not declared is an error and not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown and read-only fields by name."""
        value = super().to_internal_value(data)
        writable = {name for name, field in self.fields.items() if not field.read_only}
        unknown = set(data) - writable
        if unknown:
            raise serializers.ValidationError({name: ["There is no such field here."] for name in sorted(unknown)})
        return value


class Number(serializers.FloatField):
    """A finite number: "nan" would pass every limit, for it is neither below nor above one."""

    def to_internal_value(self, data: Any) -> float:
        """Raises ValidationError for what is no number, or none that can be compared."""
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


def only(*roles: str, permission: str = "") -> type[permissions.BasePermission]:
    """Return a permission class: a signed-in user of one of `roles`, who also holds `permission` when one is named."""

    class Only(permissions.IsAuthenticated):
        def has_permission(self, request: Request, view: APIView) -> bool:
            user: Any = request.user
            return (
                super().has_permission(request, view)
                and user.role in roles
                and (not permission or permission in user.permissions)
            )

    return Only
