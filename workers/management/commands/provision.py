"""`manage.py provision`: the actors' roles and the app's login; before `migrate`, and after a change of password."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, InternalError, ProgrammingError, connections, transaction
from psycopg import sql

from workers.kernel.actor import Role

# Roles belong to the whole server and no lock spans its databases: of two provisioned at once one has to go again.
TRIES = 20
OLDEST_POSTGRES = 18  # the first with uuidv7(), by which statements make ids
# Of the login and not of its connections: a pooler between them passes no start-up options on.
TIMEOUTS = {"idle_in_transaction_session_timeout": "60s", "statement_timeout": "60s"}


class Command(BaseCommand):
    """Creates what DATABASE_URL's login needs, as the owner of DATABASE_OWNER_URL (which needs CREATEROLE)."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = "Create the actors' roles and the app's login (run as DATABASE_OWNER_URL). Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create or update; nothing else is touched."""
        if "owner" not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is not set: the login that owns the tables and may create roles.")
        login = settings.DATABASES["default"]
        if login["USER"] == settings.DATABASES["owner"]["USER"]:
            raise CommandError("DATABASE_URL and DATABASE_OWNER_URL name one login: the app must not own its tables.")
        _refuse_old_server()
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
                    _provision(cursor, login["USER"], login["PASSWORD"])
                return
            except (InternalError, IntegrityError, ProgrammingError):
                if not left:
                    raise


def _refuse_old_server() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version')")
        major, version = cursor.fetchone()
    if major < OLDEST_POSTGRES:
        raise CommandError(f"This is PostgreSQL {version}: it takes {OLDEST_POSTGRES} or a newer one.")


def _provision(cursor: Any, login: str, password: str) -> None:
    cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")  # for periods of one subject that may not overlap
    cursor.execute("CREATE EXTENSION IF NOT EXISTS cube")  # for the nearest of many places
    cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # for names that are nearly the one that was typed
    for role in Role:
        _create(cursor, role, "NOLOGIN")
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))
    _create(cursor, login, "LOGIN NOINHERIT")
    cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(password)))
    for name, value in TIMEOUTS.items():
        setting = sql.SQL("ALTER ROLE {} SET {} = {}")
        cursor.execute(setting.format(sql.Identifier(login), sql.Identifier(name), sql.Literal(value)))
    for role in Role:
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(login)))


def _create(cursor: Any, role: str, options: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role)))
