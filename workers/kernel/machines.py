"""Another system's software: what `request.user` is when a bearer token and not a session says who asks."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from workers.kernel.actor import Actor


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A clinic's or an employer's software, known by its token.

    Its role is no person's, so that every permission made for people refuses it; `scopes` are all that it may do, and
    `actor` is whom it acts for. `pk` is its credential's id: an Idempotency-Key is its own. `requests_per_minute` is
    how often it may ask.
    """

    pk: UUID
    actor: Actor
    scopes: frozenset[str]
    requests_per_minute: int
    role: ClassVar[str] = "machine"
    permissions: ClassVar[tuple[str, ...]] = ()
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def clinic_id(self) -> UUID | None:
        """The clinic whose software it is."""
        return self.actor.clinic

    @property
    def employer_id(self) -> UUID | None:
        """The employer whose software it is."""
        return self.actor.employer
