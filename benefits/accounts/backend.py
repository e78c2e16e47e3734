"""Who is signed in is looked up as AUTH, before any actor is known."""

from allauth.account.auth_backends import AuthenticationBackend

from benefits.accounts.models import User
from workers.kernel.actor import AUTH, acting_as


class Backend(AuthenticationBackend):  # type: ignore[misc] # allauth is not typed
    """allauth's, in a transaction of its own."""

    def get_user(self, user_id: object) -> User | None:
        """Return the active user of a session."""
        with acting_as(AUTH):
            user = super().get_user(user_id)
        return user if isinstance(user, User) else None
