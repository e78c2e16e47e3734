"""Whatever is sent to whatever address by whomever is answered, and never by a 500."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from billing.quotes.api import WhatIfs
from tests.architecture.addresses import BODIES, IDEMPOTENT, SPECIAL, Address, addresses
from tests.architecture.test_access_matrix import OPERATORS, ROLES, read, undone
from tests.architecture.world import PLACES, Json, Tenant, build_tenant
from tests.factories import benefits

SURROGATE = b'{"\\ud800": "\\udfff"}'
JSON = "application/json"
BROKEN: tuple[tuple[bytes, str], ...] = (
    (b"", JSON),
    (b"\0", JSON),
    (b"\xff\xfe{}", JSON),
    (b"{", JSON),
    (b"[]", JSON),
    (b"null", JSON),
    (b'"text"', JSON),
    (b"1e400", JSON),
    (b"1" * 5_000, JSON),
    (b"NaN", JSON),
    (b"[" * 100_000, JSON),
    (b'{"a":' * 50_000, JSON),
    (SURROGATE, JSON),
    (b'{"\\u0000": "\\u0000"}', JSON),
    (b'{"a": 1}', "application/json; charset=utf-7"),
    (b'{"a": 1}', "application/json; charset=none-such"),
    (b'{"a": 1}', "text/plain"),
    (b"a=1", "application/x-www-form-urlencoded"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data"),
    (b"{}", ""),
)
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**400,
    1e308,
    "",
    " ",
    "nan",
    "Infinity",
    "\0",
    "\ud800",
    "\u202e",
    "a" * 100_000,
    "9999-12-31",
    "0001-01-01",
    "https://[::1",
    "https://example.com:99999/",
    "https://" + "a" * 300 + ".example/",
    f"a@{'.'.join(['b' * 60] * 4)}.example.com",
    [],
    [[]],
    [None],
    ["\ud800"],
    {},
    {"\ud800": 1},
    {"a": {"b": [float(1)]}},
)
CURSORS = (
    "bm90LWEtY3Vyc29y",
    "cD1ub3QtYW4taWQ=",
    "cD0lMDA=",
    "bz05OTk5OTk5OTk5OTk5",
    "%00",
    "\ud83d",
    "====",
    "a" * 5_000,
)
PARTS = 4
REFUSED = ("401", "403", "404")


@pytest.fixture
def tenant(committed_db: str, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    monkeypatch.setattr(WhatIfs, "throttle_classes", ())  # its limit would answer in place of what is to be tried
    own = build_tenant(PLACES[0], 0, now)
    for role, permissions in OPERATORS.items():
        own.clients[role] = benefits.signed_in(benefits.make_user("operator", permissions=permissions))
    own.clients["anonymous"] = Client()
    for client in own.clients.values():
        client.raise_request_exception = False
    return own


def url_of(address: Address, tenant: Tenant) -> str:
    special = SPECIAL.get(address.path)
    url = "/" + address.path
    for name, value in (tenant.ids | (special(tenant) if special else {})).items():
        url = url.replace(f"<uuid:{name}>", str(value))
    return url


def asked(tenant: Tenant, role: str, method: str, url: str, **more: Any) -> int:
    """The status of an answer, of which nothing stays."""
    return int(undone(partial(tenant.clients[role].generic, method, url, **more)).status_code)


def posts() -> list[Address]:
    return [address for address in addresses() if address.method in ("POST", "PATCH", "PUT")]


def strange_bodies(body: Json) -> Iterator[Json]:
    """The right body with one value, at any depth, replaced by something that nobody expects."""
    for name, value in body.items():
        for other in STRANGE:
            yield body | {name: other}
        if isinstance(value, dict):
            for inner in strange_bodies(value):
                yield body | {name: inner}


@cache
def _matrix() -> dict[tuple[str, str], list[str]]:
    """The roles that each address serves, as committed."""
    return {
        (method, path): [role for role, status in zip(ROLES, answers, strict=True) if status not in REFUSED]
        for (method, path, whose), answers in read().items()
        if whose != "other"
    }


def served(address: Address) -> set[str]:
    """Whom to ask as: nobody where anybody may, one operator where all may."""
    roles = _matrix()[address.method, address.path] or ["anonymous"]
    operators = [role for role in roles if role in OPERATORS]
    return {"anonymous"} if "anonymous" in roles else set(roles) - set(operators[1:])


in_parts = pytest.mark.parametrize("part", range(PARTS))  # side by side on both cores


@in_parts
def test_a_broken_body_is_no_defect_of_ours(tenant: Tenant, part: int) -> None:
    """Asked by those whom the address serves, and by nobody: bodies are read before anybody is looked at."""
    defects = [
        (str(address), role, body[:30], kind)
        for address in posts()[part::PARTS]
        for role in served(address) | {"anonymous"}
        for body, kind in BROKEN
        if asked(
            tenant, role, address.method, url_of(address, tenant), data=body, content_type=kind, headers=IDEMPOTENT
        )
        >= 500
    ]
    assert not defects, "\n".join(map(ascii, defects))


@in_parts
def test_a_strange_value_is_no_defect_of_ours(tenant: Tenant, part: int) -> None:
    """Asked by those whom the address serves; others are refused before anything is read."""
    defects = []
    for address in posts()[part::PARTS]:
        fields = BODIES.get(str(address))
        for body in strange_bodies(fields(tenant) if fields else {}):
            url, text = url_of(address, tenant), json.dumps(body)
            for role in served(address):
                if asked(tenant, role, address.method, url, data=text, content_type=JSON) >= 500:
                    defects.append((str(address), role, text[-200:]))
    assert not defects, "\n".join(map(ascii, defects))


def test_a_strange_query_is_no_defect_of_ours(tenant: Tenant) -> None:
    lists = (
        "clinics",
        "courses",
        "referrals",
        "payment-plans",
        "members",
        "clinic/offers",
        "clinic/updates",
        "clinic/sandbox/offers",
        "endpoints",
        "deliveries",
    )
    queries = [f"cursor={quote(c, errors='surrogatepass')}" for c in CURSORS]
    queries += [f"page_size={size}" for size in ("0", "-1", "x", "9" * 30, "%00", "%ED%A0%80")]
    queries += [f"max_distance_km={km}" for km in ("nan", "inf", "-1", "1e400", "%00")] + ["language=%00", "near=%00"]
    queries += ["%FF=%FE", "a=" + "b" * 3_000, "status=%00", "type=%00", "endpoint=x", "state=%ED%A0%80"]
    defects = [
        (role, path, query[:60])
        for role in ("employee", "hr_admin", "clinic_staff", "operator_care")
        for path in (*lists, "operator/unplaced-referrals", "operator/urgent-screenings")
        for query in queries
        if asked(tenant, role, "GET", f"/api/v1/{path}/?near=10025&{query}") >= 500
    ]
    assert not defects, "\n".join(map(ascii, defects))


def test_a_strange_address_is_no_defect_of_ours(tenant: Tenant) -> None:
    paths = ("/api/v1/quotes/not-an-id/", "/%00", "/api/v1/" + "a" * 500, "/%FF", "/%ED%A0%80/", "/api/v1/quotes/%00/")
    defects = [
        (role, method, path[:40])
        for role in tenant.clients
        for path in paths
        for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PURGE")
        for headers in ({}, {"Idempotency-Key": "k"})
        if asked(tenant, role, method, path, data=b"{}", content_type=JSON, headers=headers) >= 500
    ]
    assert not defects, "\n".join(map(ascii, defects))


def test_no_method_is_a_defect_of_ours(tenant: Tenant) -> None:
    defects = [
        (method, address.path)
        for address in addresses()
        if address.path != "readyz"
        for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PURGE")
        if asked(tenant, "employee", method, url_of(address, tenant), headers={"X-HTTP-Method-Override": "POST"}) >= 500
    ]
    assert not defects, "\n".join(map(ascii, defects))
