"""Sessions in the database (Redis may lose everything), read and written as AUTH."""

from typing import Any

from django.contrib.sessions.backends import db

from workers.kernel.actor import AUTH, acting_as


class SessionStore(db.SessionStore):
    """Django's, each statement in a transaction as AUTH, its rows marked with whose they are."""

    def load(self) -> dict[str, Any]:
        """Read the session's data."""
        with acting_as(AUTH):
            return super().load()

    def exists(self, session_key: str) -> bool:
        """Whether a key is taken."""
        with acting_as(AUTH):
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        """Write the session's data."""
        with acting_as(AUTH):
            super().save(must_create)

    def delete(self, session_key: str | None = None) -> None:
        """End a session."""
        with acting_as(AUTH):
            super().delete(session_key)

    @classmethod
    def get_model_class(cls) -> Any:
        """Our table, which knows the user."""
        from benefits.accounts.models import Session  # noqa: PLC0415 - this module loads before the models do

        return Session

    def create_model_instance(self, data: Any) -> Any:
        """Copy the signed-in user's id (Django keeps it in the data) into its column."""
        row = super().create_model_instance(data)
        row.user_id = data.get("_auth_user_id")  # type: ignore[attr-defined]
        return row
