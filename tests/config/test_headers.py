"""What goes with every answer of the API, and what the public is not told."""

from django.test import Client

from config import health
from tests.factories.benefits import make_user, signed_in
from workers.kernel.ids import new_id


def test_answers_of_the_api_are_kept_by_no_cache_and_run_nothing(db):
    for client, address in (
        (signed_in(make_user()), "/api/v1/me/"),
        (Client(), "/api/v1/members/"),
        (Client(), "/api/x/"),
    ):
        headers = client.get(address).headers
        assert headers["Cache-Control"] == "no-store"
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
        assert headers["Referrer-Policy"] == "same-origin"


def test_in_production_nobody_sees_when_somebody_asked_for_care(db, monkeypatch):
    monkeypatch.setattr(health, "DEVELOPMENT", False)
    assert Client().get("/readyz").json()["engine"] == {}
    assert signed_in(make_user("hr_admin", employer_id=new_id())).get("/readyz").json()["engine"] == {}
    assert "next_timer_at" in signed_in(make_user()).get("/readyz").json()["engine"]


def test_a_key_that_would_be_cut_short_or_an_unknown_address_keeps_nothing(db):
    operator = signed_in(make_user())
    too_long = operator.post("/api/v1/employers/", {}, "application/json", headers={"Idempotency-Key": "k" * 201})
    assert (too_long.status_code, too_long.json()["code"]) == (400, "bad_idempotency_key")
    nowhere = operator.post("/api/v1/" + "a" * 300, {}, "application/json", headers={"Idempotency-Key": "k"})
    assert nowhere.status_code == 404


def test_whoever_asks_from_within_needs_no_tls_and_everybody_else_does(db, settings):
    """The containers' health checks and Prometheus speak to gunicorn itself."""
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200
    assert [Client().get(path).status_code for path in ("/accounts/login/", "/healthz/x", "/api/v1/me/")] == [301] * 3
