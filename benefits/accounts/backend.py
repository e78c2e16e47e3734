"""Who is signed in, looked up as AUTH before any actor is known, and by what they proved it."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.models import Authenticator
from django.contrib.auth import login
from django.http import HttpRequest

from benefits.accounts.models import User
from workers.kernel.actor import AUTH, acting_as


class Backend(AuthenticationBackend):  # type: ignore[misc] # allauth is not typed
    """allauth's, in a transaction of its own."""

    def get_user(self, user_id: object) -> User | None:
        """Return the active user of a session."""
        with acting_as(AUTH):
            user = super().get_user(user_id)
        return user if isinstance(user, User) else None


def has_seen_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether a passkey, a code of the user's authenticator or a recovery code was checked in this session."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))


def is_sure_of(request: HttpRequest) -> bool:
    """Whether a password, passkey or code was given in this session within allauth's five minutes."""
    with acting_as(AUTH):
        return bool(did_recently_reauthenticate(request))


def owed_second_factor(request: HttpRequest) -> str:
    """The name of the page where a user who has a second factor shows it; "" where their session has seen one."""
    user = request.user
    if not isinstance(user, User) or has_seen_second_factor(request, user):
        return ""
    with acting_as(AUTH):
        kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    if Authenticator.Type.TOTP in kinds:
        return "mfa_reauthenticate"
    return "mfa_reauthenticate_webauthn" if Authenticator.Type.WEBAUTHN in kinds else ""


def sign_in(request: HttpRequest, user: User, *, has_second_factor: bool) -> None:
    """Begin a session of a user whom their employer's provider vouched for, with a fresh id.

    Without a second factor of the provider's that counts, ours is asked for before anything else (require_mfa).
    """
    with acting_as(AUTH):
        login(request, user, backend="benefits.accounts.backend.Backend")
        record_authentication(request, user, method="socialaccount", reauthenticated=True)
        if has_second_factor:
            record_authentication(request, user, method="mfa", type="sign_on")
