"""What every JSON interface shares: input that refuses unknown fields, who may call, and how often."""

import logging
import math
from datetime import timedelta
from typing import Any

import redis
from django.core.cache import cache
from rest_framework import permissions, serializers, throttling
from rest_framework.request import Request
from rest_framework.views import APIView

from workers.kernel import clock
from workers.kernel.errors import DomainError
from workers.kernel.machines import Machine

log = logging.getLogger(__name__)


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


def at_most(count: int, *, per: timedelta, scope: str) -> type[throttling.BaseThrottle]:
    """Return a throttle: `count` calls of what `scope` names in each window of `per` by one user, then 429.

    The cache counts, and may forget: while it is away nobody is held up.
    """

    class AtMost(throttling.BaseThrottle):
        def allow_request(self, request: Request, view: APIView) -> bool:
            window = int(clock.now().timestamp() // per.total_seconds())
            key = f"at-most:{scope}:{request.user.pk}:{window}"
            try:
                cache.add(key, 0, timeout=2 * per.total_seconds())
                return int(cache.incr(key)) <= count
            except (redis.RedisError, ValueError) as error:
                log.warning("calls are not counted scope=%s error=%s", scope, type(error).__name__)
                return True

        def wait(self) -> float:
            seconds = per.total_seconds()
            return float(seconds - clock.now().timestamp() % seconds)

    return AtMost


class InsufficientScope(DomainError):
    """The token may do other things, and not this: `scope` names what it would need (RFC 6750, 3.1)."""

    code = "insufficient_scope"
    status = 403


class Scoped(permissions.BasePermission):
    """Lets another system's software in whose token has one of `scopes`; people are for `only` to judge."""

    scopes: frozenset[str]

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises InsufficientScope for a token of another scope."""
        user: Any = request.user
        if not isinstance(user, Machine):
            return False
        if not user.scopes & self.scopes:
            needed = " ".join(sorted(self.scopes))
            raise InsufficientScope(f"The token needs the scope {needed} for this.", scope=needed)
        return True


def scoped(*scopes: str) -> type[Scoped]:
    """Return a permission class: software whose token has one of `scopes`. `only(...) | scoped(...)` lets both in."""
    return type("ScopedTo", (Scoped,), {"scopes": frozenset(scopes)})
