"""What is asked once a statement is planned for as many rows as there are, and only while it is asked."""

from types import SimpleNamespace

import pytest
from django.db import connections, transaction

from workers.kernel.lasting import LastingKey
from workers.kernel.many import MANY
from workers.kernel.periods import OneAtATime

KEY = LastingKey(name="stay_of_guest", fields=("hotel", "guest"), to="guest", to_fields=("hotel", "id"))
PERIODS = OneAtATime(name="stay_one_at_a_time", tenant="hotel", of="guest", first="comes", last="goes")
# Whoever reads rows has written down how they were planned to be read.
TABLES = """
CREATE TEMPORARY TABLE planned (by_hash boolean) ON COMMIT DROP;
CREATE FUNCTION pg_temp.noted() RETURNS boolean LANGUAGE plpgsql AS $body$ BEGIN
    INSERT INTO planned VALUES (current_setting('enable_nestloop') = 'off'); RETURN true;
END $body$;
CREATE TEMPORARY TABLE guest ON COMMIT DROP AS SELECT 1 AS hotel, number AS id FROM generate_series(1, 1000) AS number;
CREATE TEMPORARY TABLE stay (id int, hotel int, guest int, comes date, goes date) ON COMMIT DROP
"""
NOTED = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY noted ON {table} FOR SELECT USING (pg_temp.noted());
CREATE POLICY added ON {table} FOR INSERT WITH CHECK (true)
"""


@pytest.fixture
def stays(committed_db):
    """A cursor of the owner, whose transaction has the tables and is rolled back."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(TABLES)
        yield cursor
        transaction.set_rollback(True, using="owner")


@pytest.mark.parametrize(("rule", "read"), [(KEY, "guest"), (PERIODS, "stay")], ids=["key", "periods"])
@pytest.mark.parametrize(("rows", "by_hash"), [(1, False), (MANY, False), (MANY + 1, True)])
def test_a_rule_is_asked_by_hash_when_many_rows_come(stays, rule, read, rows, by_hash):
    stays.execute(rule.sql(SimpleNamespace(_meta=SimpleNamespace(db_table="stay"))))
    stays.execute(NOTED.format(table=read))

    stays.execute("INSERT INTO stay SELECT n, 1, n, '2027-01-01', NULL FROM generate_series(1, %s) AS n", [rows])

    stays.execute("SELECT DISTINCT by_hash FROM planned")
    assert stays.fetchall() == [(by_hash,)]
    stays.execute("SELECT current_setting('enable_nestloop')")
    assert stays.fetchone() == ("on",)
