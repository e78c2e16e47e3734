"""Setting up, changing and removing an employer's provider; each change is in the employer's history."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from benefits.employers.models import Employer
from benefits.employers.services import record
from benefits.sign_on.models import SignOn
from benefits.sign_on.queries import get_sign_on
from workers.deliveries.addresses import is_endpoint_url
from workers.kernel.errors import ChangedMeanwhile, DomainError, Invalid


class Change(StrEnum):
    """What can happen to a sign-on."""

    CONFIGURED = "sign_on_configured"
    REMOVED = "sign_on_removed"


class NoDomain(DomainError):
    """The employer has no e-mail domain: nobody's address would be the provider's to vouch for."""

    code = "no_domain"


def configure(
    *,
    employer_id: UUID,
    issuer: str,
    client_id: str,
    client_secret: str,
    trusts_mfa: bool,
    expected: str,
    by: UUID,
    now: datetime,
) -> SignOn:
    """Set the provider up, or change it; `expected` names it as it was read, "*" where there is none so far.

    Nobody who is bound to a subject at another issuer is bound here. Raises NotFound, NoDomain, ChangedMeanwhile,
    Invalid for an issuer that is no https address anybody may reach.
    """
    if not is_endpoint_url(issuer) or "?" in issuer or "#" in issuer:
        raise Invalid("This is no issuer.", errors={"issuer": ["An https address, as the provider itself writes it."]})
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        if not employer.domains.exists():
            raise NoDomain("Ask the benefit's team to note your e-mail domains first: a provider speaks for no others.")
        former = SignOn.objects.defer("client_secret").filter(employer=employer).first()
        _require(expected, former)
        sign_on = former or SignOn(employer=employer)
        before = _described(former) if former else {}
        sign_on.issuer, sign_on.client_id, sign_on.client_secret = issuer, client_id, client_secret
        sign_on.trusts_mfa, sign_on.changed_at, sign_on.revision = trusts_mfa, now, sign_on.revision + 1
        if former:
            columns = ["issuer", "client_id", "client_secret", "trusts_mfa", "changed_at", "revision"]
            sign_on.save(update_fields=columns)
        else:
            sign_on.save(force_insert=True)
        after = _described(sign_on)
        record(
            employer_id=employer_id,
            change=Change.CONFIGURED,
            subject_id=sign_on.pk,
            before=before,
            after=after,
            by=by,
            now=now,
        )
    return sign_on


def remove(*, employer_id: UUID, by: UUID, now: datetime) -> None:
    """Let an employer's admins sign in with their passwords only. Raises NotFound."""
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        sign_on = get_sign_on(employer_id)
        before, sign_on_id = _described(sign_on), sign_on.pk
        SignOn.objects.filter(pk=sign_on_id).delete()
        record(employer_id=employer_id, change=Change.REMOVED, subject_id=sign_on_id, before=before, by=by, now=now)


def _require(expected: str, former: SignOn | None) -> None:
    current = former.revision_tag if former else "*"
    if expected != current:
        raise ChangedMeanwhile("Somebody changed this since you read it: read it again.", current=f'"{current}"')


def _described(sign_on: SignOn) -> dict[str, object]:
    """What its history keeps: everything but the secret."""
    return {"issuer": sign_on.issuer, "client_id": sign_on.client_id, "trusts_mfa": sign_on.trusts_mfa}
