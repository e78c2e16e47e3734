"""While the database is away every door says so, and that it is worth trying again; without Redis nobody signs in."""

import socket

import pytest
from django.db import connection
from django.test import Client


@pytest.fixture
def database_away(committed_db):
    """Django asks at a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = connection.settings_dict["PORT"]
        connection.close()
        connection.settings_dict["PORT"] = taken.getsockname()[1]
        yield
        connection.close()
        connection.settings_dict["PORT"] = port


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/me/"),
        ("POST", "/api/v1/invitations/accept/"),
        ("POST", "/webhooks/stripe/"),
        ("POST", "/webhooks/clinics/01890000-0000-7000-8000-000000000000/"),
        ("POST", "/_allauth/browser/v1/auth/login"),
        ("GET", "/"),
    ],
)
def test_who_comes_while_the_database_is_away_is_told_to_come_again(database_away, method, path):
    client = Client(raise_request_exception=False)
    client.cookies["session"] = "x" * 32
    answer = client.generic(method, path, "{}" if method == "POST" else "", content_type="application/json")
    assert answer.status_code == 503, answer.content
    assert answer.headers["Retry-After"] == "5"


def test_nobody_signs_in_while_tries_cannot_be_counted(committed_db, settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nobody}}
        body = {"email": "ana@home.example", "password": "a long enough password"}
        client = Client(raise_request_exception=False)
        answer = client.post("/_allauth/browser/v1/auth/login", body, content_type="application/json")
        page = client.post("/accounts/login/", {"login": body["email"], "password": body["password"]})
    assert (answer.status_code, answer.json()["code"]) == (503, "redis_away"), answer.content
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert b"try again in a moment" in page.content


@pytest.mark.parametrize(("scheme", "fault"), [("redis", "ConnectionError"), ("amqp", "ConnectionRefusedError")])
def test_whoever_asks_whether_we_are_ready_is_told_that_the_broker_is_away(committed_db, settings, scheme, fault):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.CELERY_BROKER_URL = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}/0"
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
        answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["faults"]) == (503, {"broker": fault})


def test_a_defect_is_still_a_defect(committed_db, monkeypatch):
    def break_down(*_, **__):
        raise RuntimeError("broken")

    monkeypatch.setattr("config.health.measure", break_down)
    answer = Client(raise_request_exception=False).get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
