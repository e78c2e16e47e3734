"""Reading tokens, and finding whose one is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from benefits.accounts.models import HrPermission
from benefits.eligibility.rules.limits import ROSTER
from benefits.scim.models import ScimToken, ScimTokenChange
from benefits.scim.rules.tokens import BULK_REQUESTS_PER_MINUTE, PREFIX, hash_of
from workers.kernel.actor import AUTH, Actor, Role, acting_as
from workers.kernel.errors import NotFound
from workers.kernel.machines import Machine

_NOTED = timedelta(minutes=1)  # a use is noted at most so often: not one write per request


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An identity provider, known by its token; it acts as the HR admin who made that, over people alone."""

    token_id: UUID
    employer_id: UUID
    created_by: UUID

    @property
    def actor(self) -> Actor:
        """Whom it acts for."""
        people = (HrPermission.PEOPLE.value,)
        return Actor(role=Role.HR, user=self.created_by, employer=self.employer_id, permissions=people)


def find_provider(token: str, *, now: datetime) -> Provider | None:
    """Return whose a token is, and note its use, to the minute; None when it counts no more. As AUTH."""
    if not token.startswith(PREFIX):
        return None
    valid = ScimToken.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), revoked_at=None)
    found = valid.filter(hash=hash_of(token)).first()
    if found is None:
        return None
    if found.last_used_at is None or found.last_used_at <= now - _NOTED:
        ScimToken.objects.filter(pk=found.pk).update(last_used_at=now)
    return Provider(token_id=found.pk, employer_id=found.employer_id, created_by=found.created_by)


def find_roster_machine(token: str, *, now: datetime) -> Machine | None:
    """Return the HR system that a token is of, for the API outside SCIM; None when it counts no more.

    It may change members (`roster:write`) and nothing else: what the same token does at /scim/v2/, many at once.
    """
    with acting_as(AUTH):
        provider = find_provider(token, now=now)
    if provider is None:
        return None
    return Machine(
        pk=provider.token_id,
        actor=provider.actor,
        scopes=frozenset({ROSTER}),
        requests_per_minute=BULK_REQUESTS_PER_MINUTE,
    )


def list_tokens() -> QuerySet[ScimToken]:
    """Return the tokens of the actor's employer, newest first."""
    return ScimToken.objects.defer("hash").order_by("-id")


def get_token(token_id: UUID) -> ScimToken:
    """Return a token of the actor's employer. Raises NotFound."""
    token = list_tokens().filter(pk=token_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    return token


def list_changes(token_id: UUID) -> QuerySet[ScimTokenChange]:
    """Return who did what about a token. Raises NotFound."""
    return ScimTokenChange.objects.filter(token=get_token(token_id))
