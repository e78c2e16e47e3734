"""The engine's hot tables are vacuumed early, and the rule is taken back as it was made."""

import pytest
from django.db import connections

from workers.deliveries.models import Attempt, Delivery, OpenDelivery
from workers.emails.models import Email
from workers.kernel.constraints import StorageSettings, cleaned_often
from workers.outbox.models import EventRecord, Job
from workers.receipts.models import IdempotencyKey, Receipt
from workers.timers.models import Timer

HOT = [Job, EventRecord, Timer, Delivery, OpenDelivery, Attempt, Email, Receipt, IdempotencyKey]


def options_of(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT coalesce(reloptions, '{}') FROM pg_class WHERE oid = %s::regclass", [table])
        return set(cursor.fetchone()[0])


@pytest.mark.parametrize("model", HOT, ids=lambda model: model._meta.label)
def test_hot_tables_are_vacuumed_after_one_percent_of_dead_rows(model, committed_db):
    assert "autovacuum_vacuum_scale_factor=0.01" in options_of(model._meta.db_table)


def test_a_rule_that_is_removed_leaves_the_servers_own_settings(committed_db):
    with connections["owner"].cursor() as cursor:
        cursor.execute(cleaned_often("job").remove_sql(Job, None))
    assert options_of("workers_job") == set()


def test_a_migration_sees_when_a_setting_changes():
    assert cleaned_often("job") == cleaned_often("job")
    assert StorageSettings(name="a", fillfactor=90) != StorageSettings(name="a", fillfactor=80)
    path, _, arguments = StorageSettings(name="a", fillfactor=90).deconstruct()
    assert (path, arguments) == ("workers.kernel.constraints.StorageSettings", {"name": "a", "fillfactor": 90})
