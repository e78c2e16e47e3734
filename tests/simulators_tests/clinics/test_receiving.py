"""What a clinic takes and refuses; signatures are made by the `standardwebhooks` package."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from tests.simulators_tests.clinics.bench import FROM_CLINIC, OFFER, TO_CLINIC, Bench

NOW = "2026-11-21T10:00:00Z"
SESSION = {
    "session_id": "s1",
    "kind": "dosing",
    "starts_at": "2026-12-01T10:00:00Z",
    "ends_at": "2026-12-01T12:00:00Z",
    "status": "scheduled",
}


def envelope(message_type: str = "endpoint.test", **data: object) -> str:
    """A body whose timestamp does not change."""
    return json.dumps({"type": message_type, "timestamp": NOW, "data": data})


def test_a_message_signed_by_the_oracle_is_taken_and_logged(bench: Bench) -> None:
    bench.register()

    response = bench.post(envelope(note="Grüße"), message_id="msg_a")

    assert response.status_code == 200
    (entry,) = bench.log()
    assert entry["timestamp"].isdecimal()
    assert {name: entry[name] for name in ("id", "type", "direction", "verdict", "status", "attempt", "data")} == {
        "id": "msg_a",
        "type": "endpoint.test",
        "direction": "received",
        "verdict": "verified",
        "status": 200,
        "attempt": 1,
        "data": {"note": "Grüße"},
    }


def test_one_right_signature_among_several_is_enough(bench: Bench) -> None:
    bench.register()
    at, body = datetime.now(UTC), envelope()
    right, old = (Webhook(secret).sign("msg_a", at, body) for secret in (TO_CLINIC, FROM_CLINIC))

    response = bench.deliver(body, "msg_a", str(int(at.timestamp())), f"v1a,AAAA {old} {right}")

    assert response.status_code == 200


@pytest.mark.parametrize("signature", ["v1", "v1,", "v1,é", "v1,%%%", "v2,AAAA", ",", "v1,AAAA v1,AAAA"])
def test_a_malformed_signature_is_refused_and_breaks_nothing(bench: Bench, signature: str) -> None:
    bench.register()
    timestamp = str(int(datetime.now(UTC).timestamp()))

    headers = httpx.Headers(
        {"webhook-id": "msg_a", "webhook-timestamp": timestamp, "webhook-signature": signature},
        encoding="utf-8",
    )
    response = bench.client.post("/clinics/aurora/webhooks", content=envelope(), headers=headers)

    assert response.status_code == 401
    assert bench.log()[0]["verdict"] == "no signature matches"


def test_another_secret_is_refused(bench: Bench) -> None:
    bench.register()

    assert bench.post(envelope(), secret=FROM_CLINIC).status_code == 401
    assert bench.log()[0]["verdict"] == "no signature matches"


def test_a_changed_body_is_refused(bench: Bench) -> None:
    bench.register()
    at = datetime.now(UTC)
    signature = Webhook(TO_CLINIC).sign("msg_a", at, envelope(amount=1))

    response = bench.deliver(envelope(amount=2), "msg_a", str(int(at.timestamp())), signature)

    assert response.status_code == 401


@pytest.mark.parametrize(("age", "status"), [(290, 200), (310, 401), (-290, 200), (-310, 401)])
def test_a_timestamp_may_be_five_minutes_off_either_way(bench: Bench, age: float, status: int) -> None:
    bench.register()

    assert bench.post(envelope(), age=age).status_code == status


def test_the_five_minutes_are_counted_by_the_clinics_clock(bench: Bench) -> None:
    bench.register()
    bench.set_clock(3600)

    assert bench.post(envelope(), age=0).status_code == 401
    assert bench.post(envelope(), age=-3600).status_code == 200


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(bench: Bench, missing: str) -> None:
    bench.register()
    headers = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    del headers[missing]

    response = bench.client.post("/clinics/aurora/webhooks", content=envelope(), headers=headers)

    assert response.status_code == 401
    assert bench.log()[0]["verdict"] == "a webhook header is missing"


@pytest.mark.parametrize(
    ("body", "status", "verdict"),
    [
        ("{", 400, "the body is not a JSON object"),
        ("[]", 400, "the body is not a JSON object"),
        ("[" * 5000, 400, "the body is not a JSON object"),
        ("{}", 400, "the envelope lacks type, timestamp, data"),
        (json.dumps({"type": "endpoint.test", "timestamp": NOW}), 400, "the envelope lacks data"),
        (json.dumps({"type": "endpoint.test", "timestamp": "today", "data": {}}), 400, "timestamp is not"),
        (envelope("referral.invented"), 422, "unknown type referral.invented"),
        (envelope("referral.withdrawn"), 422, "referral.withdrawn needs offer_id (str)"),
        (
            envelope("referral.offered", **{**OFFER, "respond_by": "2027-01-01T12:00"}),
            422,
            "respond_by has no",
        ),
        (
            envelope("course.updated", course_id="c", sessions=[{**SESSION, "kind": 1}]),
            422,
            "a session needs kind",
        ),
        (
            envelope("course.updated", course_id="c", sessions=[{**SESSION, "ends_at": SESSION["starts_at"]}]),
            422,
            "a session ends after it starts",
        ),
    ],
)
def test_a_body_that_breaks_the_contract_is_refused(bench: Bench, body: str, status: int, verdict: str) -> None:
    bench.register()

    assert bench.post(body).status_code == status
    assert bench.log()[0]["verdict"].startswith(verdict)


def test_a_body_over_64_kb_is_refused(bench: Bench) -> None:
    bench.register()
    frame = len(envelope(filler=""))

    assert bench.post(envelope(filler="x" * (64 * 1024 - frame))).status_code == 200
    assert bench.post(envelope(filler="x" * (64 * 1024 - frame + 1))).status_code == 413


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "first_name",
        "familyName",
        "email",
        "workEmail",
        "date_of_birth",
        "dob",
        "DOB",
        "annual_income",
    ],
)
def test_an_offer_that_tells_who_the_person_is_is_refused(bench: Bench, key: str) -> None:
    bench.register()
    request = {"route": "sublingual", "details": [{"languages": ["en"], key: "x"}]}

    response = bench.send("referral.offered", {**OFFER, "request": request})

    assert response.status_code == 422
    assert bench.log()[0]["verdict"] == f"an offer must not carry {key}"
    assert bench.clinic()["offers"] == {}


def test_a_repeat_is_answered_well_and_not_acted_on(bench: Bench) -> None:
    bench.register()
    body = envelope("referral.offered", **OFFER)

    first, second = (bench.post(body, message_id="msg_a") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert [row["verdict"] for row in bench.log(direction="received")] == ["verified", "repeat"]
    assert [row["attempt"] for row in bench.log(direction="received")] == [1, 2]
    bench.wait_for(1)


def test_a_known_id_with_another_body_is_refused(bench: Bench) -> None:
    bench.register()
    bench.post(envelope(note=1), message_id="msg_a")

    assert bench.post(envelope(note=2), message_id="msg_a").status_code == 409
    assert bench.log()[1]["verdict"] == "this id came before with another body"


def test_clinics_keep_apart(bench: Bench) -> None:
    bench.register(key="aurora")
    bench.register("silent", key="boreal")

    bench.send("referral.offered", OFFER, key="boreal")

    assert bench.clinic("boreal")["offers"] == {"offer-1": "offered"}
    assert bench.clinic("aurora")["offers"] == {}
    assert bench.log("aurora") == []
    assert len(bench.client.get("/control/log").json()) == 1


def test_an_unknown_clinic_is_not_found(bench: Bench) -> None:
    assert bench.send("endpoint.test", {}, key="nobody").status_code == 404
