"""One way to a provider and back, whatever it speaks. Pure; no network, no clock."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEEWAY = timedelta(seconds=60)  # between the provider's clock and ours
LASTS = timedelta(minutes=10)  # from leaving for the provider until coming back


class Reason(StrEnum):
    """Why somebody is not signed in; for the log, for a page names none of them."""

    NOT_BEGUN = "not_begun"
    PROVIDER_AWAY = "provider_away"
    PROVIDER_REFUSED = "provider_refused"
    BAD_TOKEN = "bad_token"  # noqa: S105 - a reason, no secret
    BAD_CLAIMS = "bad_claims"
    EMAIL_NOT_VERIFIED = "email_not_verified"
    FOREIGN_DOMAIN = "foreign_domain"
    NO_SUCH_ADMIN = "no_such_admin"
    OTHER_SUBJECT = "other_subject"


class NotSignedOn(Exception):
    """The answer is not good; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What the browser's own session keeps until it comes back: single-use, and for one employer's provider."""

    sign_on_id: str
    state: str
    nonce: str
    verifier: str
    began_at: float

    @property
    def request_id(self) -> str:
        """The nonce as an XML id, which begins with no digit: what a SAML response is `InResponseTo`."""
        return f"_{self.nonce}"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom the provider vouches for. `email` is "" unless it vouches for that, too."""

    subject: str
    email: str
    has_second_factor: bool


def new_attempt(sign_on_id: str, *, now: datetime) -> Attempt:
    """Return fresh secrets for one way to a provider and back."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(sign_on_id=sign_on_id, state=state, nonce=nonce, verifier=verifier, began_at=now.timestamp())


def is_answer_to(attempt: Attempt, *, sign_on_id: str, state: str, now: datetime) -> bool:
    """Whether somebody who comes back left for this provider, from this browser, a short while ago."""
    age = now.timestamp() - attempt.began_at
    is_own = attempt.sign_on_id == sign_on_id and secrets.compare_digest(attempt.state.encode(), state.encode())
    return is_own and 0 <= age <= LASTS.total_seconds()
