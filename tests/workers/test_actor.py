"""A transaction begins on a connection that lives."""

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection

from workers.kernel.actor import WORKER, acting_as

pytestmark = pytest.mark.django_db(transaction=True)


def current_role() -> str:
    with acting_as(WORKER), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def cut_off() -> None:
    """End the connection on the server's side, as a restart does."""
    database = connection.settings_dict
    with psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"],
    ) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])


def test_a_connection_that_died_meanwhile_is_replaced():
    assert current_role() == "act_worker"
    cut_off()
    assert current_role() == "act_worker"
    assert not connection.in_atomic_block


def test_a_connection_that_dies_in_the_middle_is_not():
    def die() -> None:
        with acting_as(WORKER):
            cut_off()
            connection.cursor().execute("SELECT 1")

    with pytest.raises(OperationalError):
        die()
    assert current_role() == "act_worker"


def test_a_database_that_is_away_is_told_at_once(monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    with pytest.raises(OperationalError), acting_as(WORKER):
        pass
    monkeypatch.undo()
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is False
    assert current_role() == "act_worker"
