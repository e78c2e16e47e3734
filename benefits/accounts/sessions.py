"""Sessions in the database (Redis may lose everything), read and written as AUTH; one that nobody uses ends.

`SESSION_COOKIE_AGE` ends a session whatever happens, `SESSION_IDLE_SECONDS` one in which nothing does (OWASP ASVS 7.3).
When somebody was last there is written down at every third of that and not at every request.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends import db

from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as

SEEN_AT = "seen_at"  # by the real clock: the one that a demo moves would end every session
_USER = "_auth_user_id"  # Django's own


class SessionStore(db.SessionStore):
    """Django's, each statement in a transaction as AUTH, its rows marked with whose they are."""

    def load(self) -> dict[str, Any]:
        """Read the session's data; of one that was idle for too long nothing is left."""
        with acting_as(AUTH):
            data: dict[str, Any] = super().load()
        if _USER not in data:
            return data
        idle = _now() - data.get(SEEN_AT, _now())
        if idle > settings.SESSION_IDLE_SECONDS:
            self.delete()
            self._session_key = None
            return {}
        if idle > settings.SESSION_IDLE_SECONDS / 3:
            data[SEEN_AT] = _now()
            self.modified = True
        return data

    def exists(self, session_key: str) -> bool:
        """Whether a key is taken."""
        with acting_as(AUTH):
            return super().exists(session_key)

    def save(self, must_create: bool = False) -> None:
        """Write the session's data, and of a signed-in user's when they were there."""
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined] # Django's, not in its stubs
        if _USER in data:
            data.setdefault(SEEN_AT, _now())
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
        row.user_id = data.get("_auth_user_id")  # type: ignore[attr-defined]  # the base row has none, ours does
        return row


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A browser in which somebody is signed in, and when they were there last, to a third of the idle time."""

    key: str
    seen_at: datetime


def list_browsers(user_id: UUID) -> list[Browser]:
    """Return where a user is signed in, the latest first; what was idle for too long counts no more."""
    with acting_as(AUTH):
        rows = list(SessionStore.get_model_class().objects.filter(user_id=user_id))
    store, now = SessionStore(), _now()
    seen = [(row.session_key, store.decode(row.session_data).get(SEEN_AT, 0)) for row in rows]
    return [
        Browser(key=key, seen_at=datetime.fromtimestamp(at, tz=UTC))
        for key, at in sorted(seen, key=lambda one: -one[1])
        if now - at <= settings.SESSION_IDLE_SECONDS
    ]


def end_other_browsers(user_id: UUID, *, keep: str) -> int:
    """Sign a user out everywhere but in the session of the key `keep`; return how many sessions ended."""
    with acting_as(AUTH):
        ended, _ = SessionStore.get_model_class().objects.filter(user_id=user_id).exclude(session_key=keep).delete()
    return int(ended)


def _now() -> float:
    return clock.real_now().timestamp()
