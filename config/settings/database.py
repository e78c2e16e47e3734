"""PostgreSQL: `default` is the app's login, which owns nothing; `owner` migrates, and only `manage.py` uses it."""

from typing import Any

from config.settings.environment import DATABASE, DATABASE_OWNER


def _connection(url: Any, *, application: str) -> dict[str, Any]:
    return url | {  # type: ignore[no-any-return]
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": url.get("OPTIONS", {})
        | {
            "connect_timeout": 5,
            "application_name": application,
            "options": "-c idle_in_transaction_session_timeout=60s -c statement_timeout=60s",
        },
    }


DATABASES: dict[str, Any] = {"default": _connection(DATABASE, application="app")}
if DATABASE_OWNER:
    DATABASES["owner"] = _connection(DATABASE_OWNER, application="owner")
DATABASE_ROUTERS = ["config.routers.OwnerMigrates"]
