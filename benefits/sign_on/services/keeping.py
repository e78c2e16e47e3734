"""Setting up, changing and removing an employer's provider; each change is in the employer's history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from benefits.accounts import staff
from benefits.employers.models import Employer
from benefits.employers.services import record
from benefits.sign_on.models import Protocol, SignOn
from benefits.sign_on.queries import get_sign_on, has_come_in
from benefits.sign_on.rules.saml import BadCertificate, split_certificates
from workers.deliveries.addresses import is_endpoint_url
from workers.kernel.errors import ChangedMeanwhile, DomainError, Invalid
from workers.kernel.words import gettext_noop as _

_NEEDED = {Protocol.OIDC: ("client_id", "client_secret"), Protocol.SAML: ("sso_url", "certificates")}
_DESCRIBED = ("protocol", "issuer", "client_id", "sso_url", "trusts_mfa", "is_required")
_HTTPS = "An https address, as the provider itself writes it."


class Change(StrEnum):
    """What can happen to a sign-on."""

    CONFIGURED = "sign_on_configured"
    REMOVED = "sign_on_removed"


class NoDomain(DomainError):
    """The employer has no e-mail domain: nobody's address would be the provider's to vouch for."""

    code = "no_domain"


class NotTried(DomainError):
    """Whoever requires a provider of everybody has not come in by it: it might keep them all out."""

    code = "not_tried"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What an owner says of a provider. Of another protocol's fields all are empty.

    An empty `client_secret` is the one of before, at the same issuer only: it must not be sent to another address.
    """

    protocol: str = Protocol.OIDC
    issuer: str
    client_id: str = ""
    client_secret: str = ""
    sso_url: str = ""
    certificates: str = ""
    trusts_mfa: bool = False
    is_required: bool = False


def configure(*, employer_id: UUID, provider: Provider, expected: str, by: UUID, now: datetime) -> SignOn:
    """Set the provider up, or change it; `expected` names it as it was read, "*" where there is none so far.

    Nobody who is bound to a subject at another issuer is bound here. With `is_required` every admin's session ends,
    the caller's own too, and passwords let none of them in any more; the caller has to have come in by this provider
    before. Raises NotFound, NoDomain, ChangedMeanwhile, NotTried, Invalid with what is wrong by field.
    """
    with transaction.atomic():
        employer = Employer.locked(pk=employer_id)
        if not employer.domains.exists():
            raise NoDomain(
                _("Ask the benefit's team to note your e-mail domains first: a provider speaks for no others.")
            )
        former = SignOn.objects.defer("client_secret").filter(employer=employer).first()
        _require(expected, former)
        _check(provider, former)
        before, was_required = (_described(former), former.is_required) if former else ({}, False)
        sign_on = _written(former or SignOn(employer=employer), provider, is_new=former is None, now=now)
        if sign_on.is_required and not has_come_in(by, sign_on):
            raise NotTried(_("Sign in by this provider once yourself, then require it of everybody."))
        if sign_on.is_required and not was_required:
            staff.sign_out_admins(employer_id=employer_id)
        after, change = _described(sign_on), Change.CONFIGURED
        record(
            employer_id=employer_id, change=change, subject_id=sign_on.pk, before=before, after=after, by=by, now=now
        )
    return sign_on


def _written(sign_on: SignOn, provider: Provider, *, is_new: bool, now: datetime) -> SignOn:
    columns = [*_DESCRIBED, "certificates"]
    for column in columns:
        setattr(sign_on, column, getattr(provider, column))
    sign_on.lifted_until, sign_on.changed_at, sign_on.revision = None, now, sign_on.revision + 1
    keeps_secret = not is_new and provider.protocol == Protocol.OIDC and not provider.client_secret
    if not keeps_secret:
        sign_on.client_secret = provider.client_secret
        columns.append("client_secret")
    if is_new:
        sign_on.save(force_insert=True)
    else:
        sign_on.save(update_fields=[*columns, "lifted_until", "changed_at", "revision"])
    return sign_on


def _check(provider: Provider, former: SignOn | None) -> None:
    """Raises Invalid."""
    errors: dict[str, list[str]] = {}
    is_saml = provider.protocol == Protocol.SAML
    keeps_secret = former is not None and (former.protocol, former.issuer) == (provider.protocol, provider.issuer)
    for name in _NEEDED[Protocol(provider.protocol)]:
        if not getattr(provider, name) and not (name == "client_secret" and keeps_secret):
            errors[name] = [_("Fill this in, as the provider's console shows it.")]
    for name in _NEEDED[Protocol.OIDC if is_saml else Protocol.SAML]:
        if getattr(provider, name):
            errors[name] = [_("Leave this out: the other protocol has it.")]
    if not is_saml and not _is_address(provider.issuer, query=False):
        errors["issuer"] = [_HTTPS]
    if is_saml and provider.sso_url and not _is_address(provider.sso_url, query=True):
        errors["sso_url"] = [_HTTPS]
    if is_saml and provider.certificates and not _are_certificates(provider.certificates):
        errors["certificates"] = [_("One certificate to four in PEM, with their BEGIN and END lines.")]
    if errors:
        raise Invalid(_("This is no provider that anybody could sign in by."), errors=errors)


def _is_address(url: str, *, query: bool) -> bool:
    return is_endpoint_url(url) and "#" not in url and (query or "?" not in url)


def _are_certificates(text: str) -> bool:
    try:
        return bool(split_certificates(text))
    except BadCertificate:
        return False


def remove(*, employer_id: UUID, expected: str, by: UUID, now: datetime) -> None:
    """Let an employer's admins sign in with their passwords only; `expected` names the provider as it was read.

    Raises NotFound, ChangedMeanwhile.
    """
    with transaction.atomic():
        Employer.locked(pk=employer_id)
        sign_on = get_sign_on(employer_id)
        _require(expected, sign_on)
        before, sign_on_id = _described(sign_on), sign_on.pk
        SignOn.objects.filter(pk=sign_on_id).delete()
        record(employer_id=employer_id, change=Change.REMOVED, subject_id=sign_on_id, before=before, by=by, now=now)


def _require(expected: str, former: SignOn | None) -> None:
    current = former.revision_tag if former else "*"
    if expected != current:
        raise ChangedMeanwhile(_("Somebody changed this since you read it: read it again."), current=f'"{current}"')


def _described(sign_on: SignOn) -> dict[str, object]:
    """What its history keeps: everything but the secret."""
    return {name: getattr(sign_on, name) for name in _DESCRIBED}
