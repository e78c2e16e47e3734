"""Who is signed in, looked up as AUTH before any actor is known, and by what they proved it."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
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
    """Whether a code of the user's authenticator, or a recovery code, was checked in this session."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))
