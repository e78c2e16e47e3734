"""The way to an employer's provider and back. The provider is asked outside of any transaction, the database as AUTH.

A provider speaks for its employer's admins only: whom it names is looked up among those, never among employees, other
employers' admins or the benefit's team, and by address only once, of the employer's own domains.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from benefits.accounts.models import User, UserRole
from benefits.employers.models import EmployerDomain
from benefits.employers.rules import domain_of
from benefits.employers.services import record
from benefits.sign_on import client
from benefits.sign_on.models import Protocol, SignOn, SignOnIdentity
from benefits.sign_on.rules import oidc, saml
from benefits.sign_on.rules.attempts import Attempt, Identity, NotSignedOn, Reason, is_answer_to, new_attempt
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class SignedOn:
    """Who came back, and whether a second factor counts as seen."""

    user: User
    has_second_factor: bool


def begin(sign_on_id: UUID, *, now: datetime) -> tuple[str, Attempt]:
    """Return where the browser goes, and what its session keeps meanwhile. Raises NotFound, NotSignedOn."""
    sign_on = _get(sign_on_id)
    attempt = new_attempt(str(sign_on_id), now=now)
    if sign_on.protocol == Protocol.SAML:
        parties = {"entity_id": entity_id(sign_on_id), "acs_url": acs_url(sign_on_id)}
        return saml.request_url(sign_on.sso_url, attempt, **parties, now=now), attempt
    provider = client.discover(sign_on.issuer)
    url = oidc.authorization_url(
        provider.authorization_endpoint,
        attempt,
        client_id=sign_on.client_id,
        redirect_uri=redirect_uri(sign_on_id),
    )
    return url, attempt


def finish(sign_on_id: UUID, *, attempt: Attempt | None, state: str, code: str, now: datetime) -> SignedOn:
    """Return the admin for whom a provider gave a code (OpenID Connect). Raises NotFound, NotSignedOn."""
    sign_on, attempt = _answered(sign_on_id, Protocol.OIDC, attempt, state, now)
    if not code:
        raise NotSignedOn(Reason.PROVIDER_REFUSED)
    provider = client.discover(sign_on.issuer)
    id_token = client.exchange(
        provider,
        code=code,
        verifier=attempt.verifier,
        client_id=sign_on.client_id,
        client_secret=sign_on.client_secret,
        redirect_uri=redirect_uri(sign_on_id),
    )
    keys = client.keys_of(provider)
    identity = oidc.identity_of(
        id_token, keys, issuer=sign_on.issuer, client_id=sign_on.client_id, nonce=attempt.nonce, now=now
    )
    return _signed_on(sign_on, identity, now)


def finish_saml(sign_on_id: UUID, *, attempt: Attempt | None, state: str, response: str, now: datetime) -> SignedOn:
    """Return the admin whom a SAML response names. Raises NotFound, NotSignedOn."""
    sign_on, attempt = _answered(sign_on_id, Protocol.SAML, attempt, state, now)
    identity = saml.identity_of(
        response,
        saml.split_certificates(sign_on.certificates),
        issuer=sign_on.issuer,
        entity_id=entity_id(sign_on_id),
        acs_url=acs_url(sign_on_id),
        request_id=attempt.request_id,
        now=now,
    )
    return _signed_on(sign_on, identity, now)


def _answered(
    sign_on_id: UUID, protocol: Protocol, attempt: Attempt | None, state: str, now: datetime
) -> tuple[SignOn, Attempt]:
    sign_on = _get(sign_on_id)
    if attempt is None or not is_answer_to(attempt, sign_on_id=str(sign_on_id), state=state, now=now):
        raise NotSignedOn(Reason.NOT_BEGUN)
    if sign_on.protocol != protocol:
        raise NotSignedOn(Reason.NOT_BEGUN)
    return sign_on, attempt


def _signed_on(sign_on: SignOn, identity: Identity, now: datetime) -> SignedOn:
    user = _admin_of(sign_on, identity, now)
    return SignedOn(user=user, has_second_factor=sign_on.trusts_mfa and identity.has_second_factor)


def entity_id(sign_on_id: UUID) -> str:
    """Return where admins begin; to a SAML provider it is our name besides."""
    return f"{settings.BASE_URL}/sign-on/{sign_on_id}/"


def redirect_uri(sign_on_id: UUID) -> str:
    """Return where a provider sends people back to: an address of this employer's alone, so that none is mixed up."""
    return f"{entity_id(sign_on_id)}callback/"


def acs_url(sign_on_id: UUID) -> str:
    """Return where a SAML provider has the browser post its response."""
    return f"{entity_id(sign_on_id)}acs/"


def _get(sign_on_id: UUID) -> SignOn:
    with acting_as(AUTH):
        sign_on = SignOn.objects.filter(pk=sign_on_id).first()
    if sign_on is None:
        raise NotFound("There is no such sign-on.")
    return sign_on


def _admin_of(sign_on: SignOn, identity: Identity, now: datetime) -> User:
    with acting_as(AUTH):
        bound = SignOnIdentity.objects.filter(
            employer_id=sign_on.employer_id,
            protocol=sign_on.protocol,
            issuer=sign_on.issuer,
            subject=identity.subject,
        ).first()
        admins = User.objects.filter(role=UserRole.HR_ADMIN, employer_id=sign_on.employer_id, is_active=True)
        if bound is None:
            return _bind(sign_on, identity, _by_address(sign_on, identity), now)
        user = admins.filter(pk=bound.user_id).first()
        if user is None:
            raise NotSignedOn(Reason.NO_SUCH_ADMIN)
        return user


def _by_address(sign_on: SignOn, identity: Identity) -> User:
    """The admin whose address the provider has verified, of one of the employer's own domains."""
    if not identity.email:
        raise NotSignedOn(Reason.EMAIL_NOT_VERIFIED)
    domains = EmployerDomain.objects.filter(employer_id=sign_on.employer_id)
    if not domains.filter(domain=domain_of(identity.email)).exists():
        raise NotSignedOn(Reason.FOREIGN_DOMAIN)
    admins = User.objects.filter(role=UserRole.HR_ADMIN, employer_id=sign_on.employer_id, is_active=True)
    user = admins.filter(email=identity.email).first()
    if user is None:
        raise NotSignedOn(Reason.NO_SUCH_ADMIN)
    return user


def _bind(sign_on: SignOn, identity: Identity, user: User, now: datetime) -> User:
    """Once: an admin who has another subject there is not this one, whatever the address says."""
    try:
        with transaction.atomic():
            SignOnIdentity.objects.create(
                employer_id=sign_on.employer_id,
                user_id=user.pk,
                protocol=sign_on.protocol,
                issuer=sign_on.issuer,
                subject=identity.subject,
                bound_at=now,
            )
    except IntegrityError as error:
        raise NotSignedOn(Reason.OTHER_SUBJECT) from error
    record(
        employer_id=sign_on.employer_id,
        change="sign_on_bound",
        subject_id=user.pk,
        after={"issuer": sign_on.issuer},
        by=user.pk,
        now=now,
    )
    return user
