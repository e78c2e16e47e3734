"""Every endpoint's answer to every role, for one's own objects and another tenant's, as committed in a table.

`WRITE_ACCESS_MATRIX=1 python -m pytest tests/architecture/test_access_matrix.py` writes access_matrix.csv anew;
read its diff before you commit it. (docs/design/security.md 5 and 6)
"""

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.architecture.addresses import STRIPE_SECRET, WHOSE, Address, addresses, call, names_an_object
from tests.architecture.world import PLACES, TRACEPARENT, Tenant, build_tenant
from tests.factories import benefits
from workers.kernel.ids import new_id

TABLE = Path(__file__).with_name("access_matrix.csv")
OPERATORS = {"operator": [], "operator_finance": ["finance"], "operator_care": ["care"]}
ROLES = ("anonymous", "hr_admin", "employee", "clinic_staff", *OPERATORS, "clinic_machine", "identity_provider")
# What is nobody's secret: a member reads any clinic of the directory.
PUBLIC = {("GET api/v1/clinics/<uuid:clinic_id>/", "employee")}
T = TypeVar("T")
Row = tuple[str, str, str]


@dataclass
class World:
    """Two tenants; `clients` are the first one's people, and those of nobody's."""

    own: Tenant
    other: Tenant
    clients: dict[str, Client]

    def ask(self, role: str, address: Address, whose: str, **unknown: Any) -> Any:
        """Call as a role for an own object, or another's."""
        target = self.other if whose == "other" else self.own
        return call(self.clients[role], address, self.own, target, **unknown)

    def rows(self) -> Iterator[tuple[Address, str]]:
        """Every address with each object it can be asked for."""
        for address in addresses():
            signs = address.path.startswith("webhooks/")
            for whose in WHOSE if signs or names_an_object(address, self.own, self.other) else ("-",):
                yield address, whose


@pytest.fixture
def world(committed_db: str, now: datetime, settings: Any) -> World:
    settings.STRIPE_WEBHOOK_SECRETS = [STRIPE_SECRET]
    own, other = (build_tenant(place, number, now) for number, place in enumerate(PLACES))
    clients = {"anonymous": Client(), **own.clients}
    for role, permissions in OPERATORS.items():
        clients[role] = benefits.signed_in(benefits.make_user("operator", permissions=permissions))
    for client in clients.values():  # what tells two answers apart must not be the trace id
        client.defaults["HTTP_TRACEPARENT"] = TRACEPARENT
    return World(own, other, clients)


def test_every_answer_is_as_committed_and_a_refusal_changes_nothing(world: World) -> None:
    found = {
        (address.method, address.path, whose): [
            undone(partial(answer_of, world, role, address, whose)) for role in ROLES
        ]
        for address, whose in world.rows()
    }
    if os.environ.get("WRITE_ACCESS_MATRIX"):
        write(found)
    committed = read()
    missing = sorted(set(found) - set(committed))
    assert not missing, f"Add rows to {TABLE.name} (see this module's docstring): {missing}"
    assert found == committed


def test_another_tenants_object_answers_exactly_like_an_unknown_one(world: World) -> None:
    told_apart = []
    for address in (address for address, whose in world.rows() if whose == "other" and "<" in address.path):
        for role in ("hr_admin", "employee", "clinic_staff", "anonymous", "clinic_machine", "identity_provider"):
            foreign = undone(partial(seen, world, role, address, "other"))
            ids = {name: new_id() for name in world.other.ids}
            unknown = undone(partial(seen, world, role, address, "own", **ids))
            if foreign != unknown and (str(address), role) not in PUBLIC:
                told_apart.append((str(address), role, foreign, unknown))
    assert told_apart == []


def test_an_id_in_a_body_answers_exactly_like_an_unknown_one(world: World) -> None:
    asked = [a for a, whose in world.rows() if whose == "other" and "<" not in a.path and a.path.startswith("api/")]
    known_ones = "clinic-staff, referrals, quotes, payment-plans, operator/refunds"
    assert len(asked) == 5, f"{known_ones}: has another one come?"
    known = dict(world.other.ids)
    for address in asked:
        for role in ("hr_admin", "employee", "clinic_staff", "anonymous"):
            world.other.ids = known
            foreign = undone(partial(seen, world, role, address, "other"))
            world.other.ids = {name: new_id() for name in known}
            unknown = undone(partial(seen, world, role, address, "other"))
            assert foreign == unknown, (address, role)


def answer_of(world: World, role: str, address: Address, whose: str) -> str:
    """The status of an answer. A refusal must have changed nothing, a good answer must name nothing of the other's."""
    before = rows_written()
    answer = world.ask(role, address, whose)
    assert answer.status_code < 500 or address.path == "readyz", (address, role, answer.content)
    if answer.status_code >= 400:
        assert rows_written() == before, f"{address} refused {role} and yet wrote"
    elif whose != "other" and role not in OPERATORS:
        body = answer.getvalue().decode()
        leaked = [name for name, value in world.other.ids.items() if str(value) in body and name != "clinic_id"]
        assert leaked == [], f"{address} tells {role} of another tenant's {leaked}"
    return str(answer.status_code)


def seen(world: World, *asked: Any, **unknown: Any) -> tuple[int, bytes, dict[str, str]]:
    """All that a client can see of an answer."""
    answer = world.ask(*asked, **unknown)
    return answer.status_code, answer.getvalue(), {k: v for k, v in answer.headers.items() if k != "Date"}


def undone(action: Callable[[], T]) -> T:
    """Do something and take it back, so that each answer is given by the same database."""
    with transaction.atomic():
        result = action()
        transaction.set_rollback(True)
    return result


def rows_written() -> dict[str, int]:
    """Rows inserted, updated and deleted in this transaction, per table; what a savepoint took back counts, too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def write(found: dict[Row, list[str]]) -> None:
    """Write the table."""
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["method", "path", "object", *ROLES])
        writer.writerows([*row, *answers] for row, answers in found.items())


def read() -> dict[Row, list[str]]:
    """Read the table."""
    with TABLE.open(newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["method", "path", "object", *ROLES]
    return {(method, path, whose): answers for method, path, whose, *answers in lines[1:]}
