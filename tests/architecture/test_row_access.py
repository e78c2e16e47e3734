"""What the database itself guarantees about who sees what (docs/design/security.md 1–4, 8, 10–12)."""

from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, connections, transaction
from django.db.models import Model

from benefits.accounts.models import User
from workers.kernel.actor import AUTH, WORKER, Actor, Role, acting_as
from workers.kernel.constraints import RowAccess
from workers.kernel.ids import new_id
from workers.outbox.models import EventRecord

OURS = ("workers", "benefits", "referrals", "billing")
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]


def declared_roles(model: type[Model]) -> set[Role]:
    return {rule.role for rule in model._meta.constraints if isinstance(rule, RowAccess)}


def owner_query(sql: str, *values: str) -> list[tuple[Any, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_table_says_who_may_see_its_rows(model):
    assert declared_roles(model), f"{model._meta.label} declares no seen_by(...) in Meta.constraints"


def test_row_security_is_enabled_and_forced(committed_db):
    secured = owner_query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
    assert {model._meta.db_table for model in MODELS} <= {table for (table,) in secured}


# What an employer itself owes and has paid, in which no member can be made out (billing/invoices/rules.py).
EMPLOYERS_OWN = {
    "billing_creditnote",
    "billing_deposit",
    "billing_employeraccount",
    "billing_invoice",
    "billing_invoiceline",
    "billing_settlement",
}


@pytest.mark.parametrize("model", [m for m in MODELS if m._meta.app_label in ("referrals", "billing")], ids=str)
def test_hr_has_no_grant_on_care_or_billing(model):
    assert (Role.HR in declared_roles(model)) == (model._meta.db_table in EMPLOYERS_OWN)


def test_the_database_lets_hr_read_its_own_invoices_and_nothing_else_of_care_or_billing(committed_db):
    granted = owner_query(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'act_hr'"
        " AND (table_name LIKE 'referrals%%' OR table_name LIKE 'billing%%')"
        " UNION SELECT table_name, privilege_type FROM information_schema.column_privileges WHERE grantee = 'act_hr'"
        " AND (table_name LIKE 'referrals%%' OR table_name LIKE 'billing%%')"
    )
    assert set(granted) == {(table, "SELECT") for table in EMPLOYERS_OWN}


def test_the_apps_login_is_neither_superuser_nor_owner(committed_db):
    login = connection.settings_dict["USER"]
    flags = owner_query("SELECT rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname = %s", login)
    assert flags == [(False, False, False)]
    owners = owner_query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [(connections["owner"].settings_dict["USER"],)]
    assert owner_query("SELECT pg_has_role(%s, %s, 'member')", login, str(owners[0][0])) == [(False,)]


def test_a_query_without_an_actor_is_refused(committed_db):
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        User.objects.count()
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_the_actor_ends_with_its_transaction(committed_db):
    with acting_as(WORKER):
        EventRecord.objects.count()
    with pytest.raises(ProgrammingError), transaction.atomic():
        EventRecord.objects.count()


def test_the_actor_ends_when_the_block_fails(committed_db):
    with pytest.raises(ZeroDivisionError), acting_as(WORKER):
        raise ZeroDivisionError
    with pytest.raises(ProgrammingError), transaction.atomic():
        EventRecord.objects.count()


def test_an_inner_actor_gives_way_to_the_outer_one_again(committed_db):
    with acting_as(WORKER):
        with acting_as(AUTH):
            assert current_role() == Role.AUTH
        assert current_role() == Role.WORKER
        with pytest.raises(ZeroDivisionError), acting_as(AUTH):
            raise ZeroDivisionError
        assert current_role() == Role.WORKER


def test_a_thousand_turns_on_one_connection_leak_no_tenant(committed_db):
    for turn in range(1000):
        tenant = new_id()
        with acting_as(Actor(role=Role.EMPLOYEE, member=tenant)):
            assert current_setting("app.member") == str(tenant)
        if turn % 2:
            with acting_as(AUTH):
                assert not current_setting("app.member")


def test_functions_fix_their_search_path(committed_db):
    loose = owner_query(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang ="
        " (SELECT oid FROM pg_language WHERE lanname = 'plpgsql') AND proconfig IS NULL"
    )
    assert loose == []


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def current_setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])
