"""PostgreSQL: `default` is the app's login, which owns nothing; `owner` migrates, and only `manage.py` uses it.

`default` asks nothing of a session that outlives a transaction, so it may lead through PgBouncer in transaction mode:
its time-outs belong to the login (`manage.py provision`), for PgBouncer refuses start-up `options`; statements are not
prepared (Django's default with psycopg 3), cursors are the client's.
"""

from typing import Any

from config.settings.environment import DATABASE, DATABASE_OWNER


def _connection(url: Any, *, application: str, **options: str) -> dict[str, Any]:
    return url | {  # type: ignore[no-any-return]  # a dictionary of dj-database-url
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,  # a transaction's first statement notices (workers/kernel/actor.py)
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": url.get("OPTIONS", {}) | {"connect_timeout": 5, "application_name": application} | options,
    }


DATABASES: dict[str, Any] = {"default": _connection(DATABASE, application="app")}
if DATABASE_OWNER:
    _TIMEOUTS = "-c idle_in_transaction_session_timeout=60s -c statement_timeout=60s"
    DATABASES["owner"] = _connection(DATABASE_OWNER, application="owner", options=_TIMEOUTS)
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
