"""A token with every scope reaches what is a clinic's, and nothing of HR, of members or of operators."""

import re
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from referrals.clinic_access.rules import MEANINGS, Scope
from tests.architecture.addresses import Address, addresses, call
from tests.architecture.test_access_matrix import undone
from tests.architecture.world import PLACES, build_tenant
from tests.factories.clinic_access import make_key

METHODS = ("get", "post", "put", "patch", "delete")
PUBLIC = ("healthz", "readyz", "metrics", "webhooks/", "api/v1/schema/", "api/v1/docs/", "api/v1/oauth/")
NO_CREDENTIALS = ("api/v1/invitations/accept/", "api/v1/invitations/claim/")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def documented(document: dict[str, Any]) -> dict[Address, set[str]]:
    """The scopes of each operation that says it takes a token."""
    found = {}
    for path, operations in document["paths"].items():
        written = re.sub(r"{(\w+)}", r"<uuid:\1>", path.lstrip("/"))
        for method in METHODS:
            for way in operations.get(method, {}).get("security", []):
                if "clinicKey" in way:
                    found[Address(method.upper(), written)] = set(way["clinicKey"])
    return found


def test_a_token_is_let_in_where_the_schema_says_so_and_nowhere_else(
    committed_db: str, now: datetime, document: dict[str, Any]
) -> None:
    tenant = build_tenant(PLACES[0], 0, now)
    program = Client(
        headers={"Authorization": f"Bearer {make_key(tenant.clinic.pk, requests_per_minute=6_000)}"},
    )
    let_in: set[Address] = set()
    kept_out: set[Address] = set()
    for address in addresses():
        if address.path.startswith(PUBLIC + NO_CREDENTIALS):
            continue
        answer = undone(partial(call, program, address, tenant, tenant))
        (kept_out if answer.status_code in (401, 403) else let_in).add(address)
    assert let_in == set(documented(document))
    assert {address for address in let_in if "/operator/" in address.path or "members" in address.path} == set()
    assert len(kept_out) > 40


def test_each_scope_opens_something_and_is_described(document: dict[str, Any]) -> None:
    used = set().union(*documented(document).values())
    assert used == set(Scope) == set(MEANINGS)
    schemes = document["components"]["securitySchemes"]
    assert set(schemes["clinicOAuth"]["flows"]["clientCredentials"]["scopes"]) == set(Scope)
    assert schemes["clinicOAuth"]["flows"]["clientCredentials"]["tokenUrl"] == "/api/v1/oauth/token"
    assert (schemes["clinicKey"]["type"], schemes["clinicKey"]["scheme"]) == ("http", "bearer")
