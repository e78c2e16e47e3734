"""Real PostgreSQL for every test: one template per session, a copy per worker, the app's own login.

Run through `make test`, or `python -m config.local servers --fast -- pytest …`.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def database_template(django_db_blocker: Any) -> Iterator[str]:
    """A migrated, empty database of this worker's own, made as the owner."""
    name = f"test_{os.getpid()}"
    with _server() as server, django_db_blocker.unblock():
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _point_at(name)
        call_command("provision")
        call_command("migrate", database="owner", run_syncdb=True, verbosity=0)
        connections["owner"].close()
        yield name
        connections.close_all()
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """Tests marked `django_db` roll back; they use the template itself."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def committed_db(database_template: str, django_db_blocker: Any) -> Iterator[str]:
    """A fresh copy of the template, for tests in which transactions commit. Returns its name."""
    name = f"{database_template}_copy"
    with _server() as server, django_db_blocker.unblock():
        connections.close_all()
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(database_template))
        server.execute(copy)
        _point_at(name)
        yield name
        connections.close_all()
        _point_at(database_template)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


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


def _server() -> psycopg.Connection[Any]:
    owner = settings.DATABASES["owner"]
    return psycopg.connect(
        host=owner["HOST"],
        port=owner["PORT"],
        user=owner["USER"],
        password=owner["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


def _point_at(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


