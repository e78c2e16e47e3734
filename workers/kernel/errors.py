"""Errors that a caller can act on. `config/http.py` turns them into problem+json (RFC 9457)."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A request that the domain refuses: `code` is stable, the message says what is wrong and what to do.

    `status` is the HTTP status that fits; `extra` is added to the problem document. What was done before a refusal is
    rolled back, unless it `keeps_effects`.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    keeps_effects: ClassVar[bool] = False

    def __init__(self, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.extra = extra


class Invalid(DomainError):
    """Input of the wrong form or value; `extra["errors"]` may list {field, message}."""

    code = "invalid"
    status = 422


class NotFound(DomainError):
    """Nothing that the actor may see has this id: another tenant's and an unknown one answer alike."""

    code = "not_found"
    status = 404


class PreconditionRequired(DomainError):
    """Two people may edit this: send the ETag that was read as If-Match, lest one overwrite the other unseen."""

    code = "precondition_required"
    status = 428


class ChangedMeanwhile(DomainError):
    """Somebody saved since it was read: read it again, then change it. `current` is its ETag now."""

    code = "changed_meanwhile"
    status = 412
