"""Making, rotating and revoking the tokens of an employer's identity providers, by its HR admins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from benefits.scim.models import ScimToken, ScimTokenChange
from benefits.scim.queries.tokens import get_token
from benefits.scim.rules.tokens import HINT, MOST_OVERLAP, OVERLAP, Change, hash_of, new_token
from workers.kernel.errors import DomainError, Invalid
from workers.kernel.words import gettext_noop as _


class TokenEnded(DomainError):
    """The token was revoked, or rotated before: it stays so."""

    code = "token_ended"


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token's record, and the token itself, which is nowhere else."""

    record: ScimToken
    token: str


def create(*, employer_id: UUID, name: str, by: UUID, now: datetime) -> NewToken:
    """Make a token for an identity provider of an employer, as its admin `by`; it lasts until it is ended."""
    with transaction.atomic():
        made = _make(employer_id, name, by, now)
        _record(made.record, Change.CREATED, by=by, now=now)
    return made


def rotate(*, token_id: UUID, overlap: timedelta = OVERLAP, by: UUID, now: datetime) -> NewToken:
    """Make a successor; the former works beside it for `overlap`, and ends at once where that is zero.

    Raises NotFound, TokenEnded, Invalid for an overlap that is negative or over a week.
    """
    if not timedelta() <= overlap <= MOST_OVERLAP:
        raise Invalid(f"Two tokens work beside each other for at most {MOST_OVERLAP.days} days.")
    with transaction.atomic():
        current = ScimToken.objects.filter(pk=token_id, revoked_at=None, valid_until=None)
        if current.update(valid_until=now + overlap) != 1:  # of two admins at once one makes the successor
            get_token(token_id)
            raise TokenEnded(_("This token was rotated or revoked before: make a new one."))
        former = get_token(token_id)
        made = _make(former.employer_id, former.name, by, now)
        _record(former, Change.ROTATED, by=by, now=now)
        _record(made.record, Change.CREATED, by=by, now=now)
    return made


def revoke(*, token_id: UUID, by: UUID, now: datetime) -> ScimToken:
    """End a token at once and for good; again changes nothing. Raises NotFound."""
    with transaction.atomic():
        if ScimToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=now):
            _record(get_token(token_id), Change.REVOKED, by=by, now=now)
    return get_token(token_id)


def _make(employer_id: UUID, name: str, by: UUID, now: datetime) -> NewToken:
    token = new_token()
    row = ScimToken(
        employer_id=employer_id,
        name=name,
        hash=hash_of(token),
        hint=token[-HINT:],
        created_by=by,
        created_at=now,
    )
    ScimToken.objects.bulk_create([row])  # which reads nothing back: it may not
    return NewToken(record=get_token(row.pk), token=token)


def _record(token: ScimToken, change: Change, *, by: UUID, now: datetime) -> None:
    ScimTokenChange.objects.create(token=token, employer_id=token.employer_id, change=change, by_id=by, at=now)
