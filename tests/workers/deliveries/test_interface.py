"""The interface and the pages: a clinic has its own, operators have all, and nobody else has anything."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOW
from tests.factories.benefits import make_user, signed_in
from tests.factories.referrals import make_clinic
from tests.workers.deliveries.acting import deliveries_of, delivery_of, stored
from tests.workers.deliveries.test_claiming import make
from tests.workers.deliveries.test_recording import OK, attempt_all
from workers.deliveries.models import Attempt, Delivery, Endpoint, EndpointSecret
from workers.deliveries.queueing import queue_delivery
from workers.deliveries.rules import Answer
from workers.kernel.actor import WORKER, Actor, Role, acting_as
from workers.kernel.ids import new_id

FAILED = Answer(status_code=500, ip="192.0.2.7", snippet="out of order", duration_ms=9)


@pytest.fixture
def endpoint(db, now):
    return make(1)


@pytest.fixture
def staff(endpoint):
    return signed_in(make_user("clinic_staff", clinic_id=endpoint.owner_id))


@pytest.fixture
def stranger(endpoint, now):
    """The staff of another clinic, which has an endpoint of its own."""
    return signed_in(make_user("clinic_staff", clinic_id=make(1).owner_id))


@pytest.fixture
def operator(endpoint):
    return signed_in(make_user("operator"))


def ask(client, path, body=None, method="post"):
    send = getattr(client, method)
    return send(f"/api/v1/{path}/", json.dumps(body or {}), content_type="application/json")


def test_a_clinic_sees_its_own_and_an_operator_all(endpoint, staff, stranger, operator):
    def seen(client, path):
        return [row["id"] for row in client.get(f"/api/v1/{path}/").json()["results"]]

    assert seen(staff, "endpoints") == [str(endpoint.pk)]
    assert seen(staff, "deliveries") == [str(delivery_of(endpoint).pk)]
    assert str(endpoint.pk) not in seen(stranger, "endpoints")
    assert len(seen(stranger, "deliveries")) == 1
    assert len(seen(operator, "endpoints")) == len(seen(operator, "deliveries")) == 2


@pytest.mark.parametrize("action", ["", "pause", "resume", "disable", "enable", "rotate", "test", "replay"])
def test_another_clinics_endpoint_does_not_exist(endpoint, stranger, action):
    bodies = {
        "rotate": {"direction": "out"},
        "replay": {"since": "2020-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"},
    }
    path = f"endpoints/{endpoint.pk}/{action}".rstrip("/")
    answer = ask(stranger, path, bodies.get(action), "post" if action else "patch")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stored(endpoint).state == "active"
    assert len(deliveries_of(endpoint)) == 1


def test_the_database_itself_shows_a_clinic_nothing_of_another(endpoint, now):
    attempt_all(OK)
    other = make(1)
    with acting_as(Actor(role=Role.CLINIC, clinic=other.owner_id)):
        assert list(Endpoint.objects.values_list("pk", flat=True)) == [other.pk]
        assert {d.endpoint_id for d in Delivery.objects.all()} == {other.pk}
        assert not Attempt.objects.exists()
        assert {pk for (pk,) in EndpointSecret.objects.values_list("endpoint_id")} == {other.pk}
        assert Endpoint.objects.filter(pk=endpoint.pk).update(state="paused") == 0


def test_the_log_of_attempts_says_what_was_answered(endpoint, staff):
    attempt_all(FAILED)
    delivery = delivery_of(endpoint)
    shown = staff.get(f"/api/v1/deliveries/{delivery.pk}/").json()
    [attempt] = staff.get(f"/api/v1/deliveries/{delivery.pk}/attempts/").json()["results"]
    assert (shown["status"], shown["last_error"], shown["message_id"]) == (
        "ready",
        "HTTP 500",
        f"msg_{delivery.pk.hex}",
    )
    assert {k: attempt[k] for k in ("number", "status_code", "ip", "response_snippet", "duration_ms")} == {
        "number": 1,
        "status_code": 500,
        "ip": "192.0.2.7",
        "response_snippet": "out of order",
        "duration_ms": 9,
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("?status=done", 1), ("?status=ready", 1), ("?type=endpoint.test", 2), ("?type=none.such", 0)],
)
def test_deliveries_are_filtered(endpoint, staff, query, count):
    attempt_all(OK)
    ask(staff, f"endpoints/{endpoint.pk}/test")
    assert len(staff.get(f"/api/v1/deliveries/{query}").json()["results"]) == count
    assert staff.get(f"/api/v1/deliveries/?endpoint={new_id()}").json()["results"] == []


def test_a_clinic_pauses_resumes_and_changes_its_endpoint(endpoint, staff):
    assert ask(staff, f"endpoints/{endpoint.pk}/pause").json()["state"] == "paused"
    assert ask(staff, f"endpoints/{endpoint.pk}/resume").json()["state"] == "active"
    assert ask(staff, f"endpoints/{endpoint.pk}/enable").json()["code"] == "endpoint_not_in_state"
    changed = ask(staff, f"endpoints/{endpoint.pk}", {"events": ["referral.offered"], "ordered": True}, "patch").json()
    assert (changed["events"], changed["ordered"]) == (["referral.offered"], True)


def test_an_address_that_is_out_of_service_is_sent_nothing_until_it_is_enabled(endpoint, staff, browser):
    assert ask(staff, f"endpoints/{endpoint.pk}/disable").json()["state"] == "disabled"
    assert ask(staff, f"endpoints/{endpoint.pk}/disable").json()["disabled_reason"] == "Taken out of service."
    assert ask(staff, f"endpoints/{endpoint.pk}/pause").json()["code"] == "endpoint_not_in_state"
    with acting_as(WORKER):
        assert (
            queue_delivery(owner_id=endpoint.owner_id, type="endpoint.test", data={}, event_id=new_id(), now=NOW) == 0
        )
    assert not attempt_all(OK), "what waited waits"
    assert "Enabled" in press(browser, f"/endpoints/{endpoint.pk}/", "enable").content.decode()
    assert len(attempt_all(OK)) == 1
    assert "Out of service" in press(browser, f"/endpoints/{endpoint.pk}/", "disable").content.decode()


def test_only_operators_change_the_limits(endpoint, staff, operator):
    limits = {"rate_per_s": 5, "max_inflight": 2}
    assert ask(staff, f"endpoints/{endpoint.pk}", limits, "patch").status_code == 422
    changed = ask(operator, f"endpoints/{endpoint.pk}", limits, "patch").json()
    assert {name: changed[name] for name in limits} == limits
    assert ask(operator, f"endpoints/{endpoint.pk}", {"rate_per_s": None}, "patch").json()["rate_per_s"] is None


def test_a_fresh_secret_is_shown_once_and_both_sign(endpoint, staff):
    fresh = ask(staff, f"endpoints/{endpoint.pk}/rotate", {"direction": "out"}).json()["secret"]
    assert fresh.startswith("whsec_")
    assert fresh not in staff.get(f"/api/v1/endpoints/{endpoint.pk}/").content.decode()
    with acting_as(WORKER):
        rows = EndpointSecret.objects.filter(direction="out", endpoint=endpoint).order_by("-id")
        assert [(row.value, row.valid_until is None) for row in rows] == [
            (fresh, True),
            (endpoint.signing_secrets[0], False),
        ]


def test_a_clinics_staff_adds_an_address_to_its_own_clinic_and_to_no_other(db, now):
    clinic, other = make_clinic(1, has_endpoint=False), make_clinic(2, has_endpoint=False)
    staff = signed_in(make_user("clinic_staff", clinic_id=clinic.pk))
    body = {"url": "https://clinic.example/hooks", "signing": "ed25519", "events": ["referral.offered"]}
    made = ask(staff, f"clinics/{clinic.pk}/endpoints", body)
    assert (made.status_code, made.json()["signing_secret"][:5]) == (201, "whpk_")
    assert ask(staff, f"clinics/{clinic.pk}/endpoints", body).json()["code"] == "endpoint_taken"
    assert ask(staff, f"clinics/{other.pk}/endpoints", body).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://clinic.example/"}, "bad_endpoint_url"),
        ({"url": "https://10.0.0.1/"}, "bad_endpoint_url"),
        ({"url": "https://127.0.0.1/"}, "bad_endpoint_url"),
        ({"url": "https://[::1]/"}, "bad_endpoint_url"),
        ({"url": "https://localhost/"}, "bad_endpoint_url"),
        ({"url": "https://u:p@clinic.example/"}, "bad_endpoint_url"),
        ({"url": "https://clinic.example/ x"}, "bad_endpoint_url"),
        ({"url": "https://clinic.example/", "events": ["none.such"]}, "unknown_event_type"),
        ({"url": "https://clinic.example/", "events": "all"}, "invalid"),
        ({"url": "https://clinic.example/", "signing": "rsa"}, "invalid"),
        ({"url": "https://clinic.example/", "secret": "x"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_bad_input_is_a_problem_of_the_asker(db, now, settings, body, code):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    clinic = make_clinic(1, has_endpoint=False)
    answer = ask(signed_in(make_user("operator")), f"clinics/{clinic.pk}/endpoints", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("rotate", {}),
        ("rotate", {"direction": "sideways"}),
        ("replay", {}),
        ("replay", {"since": "yesterday", "until": "today"}),
        ("replay", {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
        ("replay", {"since": "0001-01-01T00:00:00+14:00", "until": "9999-12-31T23:59:59Z"}),
    ],
)
def test_bad_questions_about_an_endpoint_are_refused(endpoint, staff, path, body):
    assert ask(staff, f"endpoints/{endpoint.pk}/{path}", body).status_code == 422


def press(client, path, action):
    """Open a page and press a button of it, token and all."""
    page = client.get(path).content.decode()
    [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    return client.post(path, {"action": action, "csrfmiddlewaretoken": token}, follow=True)


@pytest.fixture
def browser(endpoint):
    """The clinic's browser, which needs the form's token."""
    client = signed_in(make_user("clinic_staff", clinic_id=endpoint.owner_id))
    client.handler.enforce_csrf_checks = True
    return client


def test_the_pages_show_state_deliveries_and_attempts(endpoint, staff, operator):
    attempt_all(FAILED)
    for client in (staff, operator):
        assert endpoint.url in client.get("/endpoints/").content.decode()
        page = client.get(f"/endpoints/{endpoint.pk}/").content.decode()
        assert "HTTP 500" in page
        assert "2026-03-02 15:00" in page, "since when it fails"
        delivery = client.get(f"/deliveries/{delivery_of(endpoint).pk}/").content.decode()
        assert "out of order" in delivery
        assert "192.0.2.7" in delivery


def test_the_buttons_work_without_javascript(endpoint, browser):
    path = f"/endpoints/{endpoint.pk}/"
    assert "Paused" in press(browser, path, "pause").content.decode()
    assert stored(endpoint).state == "paused"
    assert "Resumed" in press(browser, path, "resume").content.decode()
    assert "on its way" in press(browser, path, "test").content.decode()
    assert "Its state has changed" in press(browser, path, "enable").content.decode()
    assert press(browser, path, "explode").status_code == 404
    attempt_all(OK)
    assert len(deliveries_of(endpoint)) == 2
    assert "sent again" in press(browser, f"/deliveries/{deliveries_of(endpoint)[0].pk}/", "replay").content.decode()
    assert len(deliveries_of(endpoint)) == 3


def test_a_button_without_its_token_does_nothing(endpoint, browser):
    assert browser.post(f"/endpoints/{endpoint.pk}/", {"action": "pause"}).status_code == 403
    assert stored(endpoint).state == "active"


def test_a_fresh_secret_is_on_the_answers_page_and_nowhere_else(endpoint, browser):
    answer = press(browser, f"/endpoints/{endpoint.pk}/", "rotate_in")
    [secret] = re.findall(r"whsec_[\w+/=]+", answer.content.decode())
    assert answer["Cache-Control"] == "no-store"
    assert secret not in str(browser.cookies)
    assert secret not in browser.get(f"/endpoints/{endpoint.pk}/").content.decode()


@pytest.mark.parametrize("role", ["anonymous", "hr_admin", "employee", "stranger"])
def test_the_pages_are_for_their_readers_only(endpoint, stranger, role):
    ids: dict[str, dict[str, Any]] = {
        "hr_admin": {"employer_id": new_id()},
        "employee": {"employer_id": new_id(), "member_id": new_id()},
    }
    clients = {"anonymous": Client, "stranger": lambda: stranger}
    client = clients.get(role, lambda: signed_in(make_user(role, **ids[role])))()
    for path in (f"/endpoints/{endpoint.pk}/", f"/deliveries/{delivery_of(endpoint).pk}/"):
        for method in (client.get, client.post):
            answer = method(path, {"action": "pause"})
            assert answer.status_code == (302 if role == "anonymous" else 404)
    assert stored(endpoint).state == "active"
