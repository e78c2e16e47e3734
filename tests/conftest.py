"""Real PostgreSQL for every test: one template per session, a copy per worker, the app's own login.

Run through `make test`, or `python -m config.local servers --fast -- pytest …`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from tests.databases import Fresh, copy, drop
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

REDIS_DATABASES = 16  # that a server has when nobody says otherwise; the first is the engine's
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Static files are looked for when asked for, not at every start; passwords are hashed in no time.

    Requests to Stripe wait for their turn where a test is about turns: at 20 a second, as in test mode, most would.
    No example fails for having taken long: a busy machine is slow. The clock is the machine's, wherever `make demo` in
    this checkout has moved the local one. Each worker has a cache of its own: clearing one would give others' used
    codes and counted attempts back.
    """
    hypothesis.settings.register_profile("patient", deadline=None)
    hypothesis.settings.load_profile("patient")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.WHITENOISE_AUTOREFRESH = True
    settings.STRIPE_RATE_PER_S = 0
    settings.CLOCK_FILE = ""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    cache: dict[str, Any] = settings.CACHES["default"]
    cache["LOCATION"] = urlsplit(cache["LOCATION"])._replace(path=f"/{1 + worker % (REDIS_DATABASES - 1)}").geturl()


@pytest.fixture(scope="session")
def database_template(django_db_blocker: Any) -> Iterator[str]:
    """A migrated, empty database of this worker's own, made as the owner; nothing connects to it after that."""
    name = f"test_{os.getpid()}"
    with _server() as server, django_db_blocker.unblock():
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _point_at(name)
        call_command("provision")
        _let_send_away(server)
        call_command("migrate", database="owner", verbosity=0)
        connections.close_all()
        yield name
        drop(server, name)


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """Tests marked `django_db` share one copy, and roll back."""
    with django_db_blocker.unblock(), _copy_of(database_template, f"{database_template}_shared"):
        yield


@pytest.fixture(scope="session")
def fresh_database(database_template: str) -> Iterator[Fresh]:
    """The copy in which transactions commit; made when the first test asks for it."""
    copied = Fresh(_server, database_template, f"{database_template}_fresh")
    yield copied
    copied.drop()


@pytest.fixture
def committed_db(django_db_setup: None, fresh_database: Fresh, django_db_blocker: Any) -> Iterator[str]:
    """A database as the template is, for tests in which transactions commit. Returns its name."""
    with django_db_blocker.unblock(), _pointed_at(fresh_database.renew()) as name:
        yield name


@pytest.fixture
def now() -> Iterator[datetime]:
    """The clock stands still at NOW."""
    clock.freeze(NOW)
    yield NOW
    clock.freeze(None)


@pytest.fixture
def as_worker(db: None) -> Iterator[None]:
    """The whole test acts as a worker."""
    with acting_as(WORKER):
        yield


@contextmanager
def _copy_of(template: str, name: str) -> Iterator[str]:
    """Make a copy of a database and point Django at it until the block ends."""
    with _server() as server:
        copy(server, template, name)
        with _pointed_at(name):
            yield name
        drop(server, name)


@contextmanager
def _pointed_at(name: str) -> Iterator[str]:
    former = settings.DATABASES["default"]["NAME"]
    _point_at(name)
    yield name
    _point_at(former)


def _server(database: str = "postgres") -> psycopg.Connection[Any]:
    owner = settings.DATABASES["owner"]
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"],
        user=owner["USER"],
        password=owner["PASSWORD"],
        dbname=database,
        autocommit=True,
    )


def _let_send_away(server: psycopg.Connection[Any]) -> None:
    """The owner may end the app's sessions: a process that a test killed may leave one that nobody else can end."""
    app = sql.Identifier(settings.DATABASES["default"]["USER"])
    server.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE").format(app))


def _point_at(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
