"""What every JSON interface shares: input that refuses unknown fields, who may call, and how often."""

import math
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from rest_framework import permissions, serializers, throttling
from rest_framework.request import Request
from rest_framework.views import APIView

from workers.kernel.errors import DomainError, PreconditionRequired
from workers.kernel.limits import seconds_to_wait
from workers.kernel.machines import Machine


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


def who(request: Request) -> UUID:
    """Return the id of the signed-in user, whom the view's permission has seen; of software, for whom it acts."""
    user: Any = request.user
    return cast(UUID, user.actor.user if isinstance(user, Machine) else user.pk)


def employer_of(request: Request) -> UUID:
    """Return the employer whom the signed-in HR admin acts for."""
    user: Any = request.user
    return cast(UUID, user.employer_id)


def if_match(request: Request) -> str:
    """Return the ETag that a change builds on, without its quotes. Raises PreconditionRequired where none was sent."""
    tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not tag:
        raise PreconditionRequired("Read it first, and send its ETag as If-Match.")
    return tag


def at_most(count: int, *, scope: str, per: timedelta = timedelta(minutes=1)) -> type[throttling.BaseThrottle]:
    """Return a throttle: `count` calls of what `scope` names in each window of `per` by one user, then 429."""
    window = int(per.total_seconds())

    class AtMost(throttling.BaseThrottle):
        def allow_request(self, request: Request, view: APIView) -> bool:
            self.seconds = seconds_to_wait(f"{scope}/{request.user.pk}", most=count, window=window)
            return not self.seconds

        def wait(self) -> float:
            return float(self.seconds)

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


def lacks(request: Request, scope: str) -> bool:
    """Whether software asks that a view let in by another scope than this."""
    return isinstance(request.user, Machine) and scope not in request.user.scopes
