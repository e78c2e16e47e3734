"""Setting clinics up, changing them and reading what happened."""

import pytest

from tests.simulators_tests.clinics.bench import FROM_CLINIC, OFFER, TO_CLINIC, Bench

GOOD = {
    "key": "aurora",
    "behaviour": "accepts",
    "signing_secret": TO_CLINIC,
    "inbound_secret": FROM_CLINIC,
    "answer_url": "http://127.0.0.1:9/",
}


def test_health_answers_with_the_clinics_instant(bench: Bench) -> None:
    response = bench.client.get("/control/health")

    assert response.status_code == 200
    assert response.json()["ok"] is True


def test_a_registered_clinic_is_listed_without_its_secrets(bench: Bench) -> None:
    bench.register("declines", reason="not_a_fit")

    response = bench.client.get("/control/clinics")

    (clinic,) = response.json()
    assert (clinic["key"], clinic["behaviour"], clinic["options"]) == (
        "aurora",
        "declines",
        {"reason": "not_a_fit"},
    )
    assert clinic["webhook_path"] == "/clinics/aurora/webhooks"
    assert "whsec_" not in response.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"key": ""}, "key: "),
        ({"key": "a/b"}, "key: "),
        ({"behaviour": "sulks"}, "behaviour: one of"),
        ({"behaviour": ["accepts"]}, "behaviour: one of"),
        ({"signing_secret": "secret"}, "signing_secret: a secret starts with whsec_"),
        ({"signing_secret": "whsec_!!!!"}, "signing_secret: a secret is base64"),
        ({"inbound_secret": "whsec_AAAA"}, "inbound_secret: a secret has 24 to 64 bytes, this one 3"),
        ({"answer_url": "ftp://127.0.0.1/"}, "answer_url: "),
        ({"answer_url": "http://"}, "answer_url: "),
        ({"options": {"mood": 1}}, "unknown: mood"),
        ({"options": {"delay": -1}}, "options.delay: "),
        ({"options": {"times": "two"}}, "options.times: "),
        ({"options": {"reason": "bored"}}, "options.reason: one of"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_a_malformed_registration_is_refused_with_its_reason(
    bench: Bench, change: dict[str, object], reason: str
) -> None:
    response = bench.client.post("/control/clinics", json={**GOOD, **change})

    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)
    assert bench.client.get("/control/clinics").json() == []


@pytest.mark.parametrize("body", ["", "[]", "{"])
def test_a_control_body_that_is_no_object_is_refused(bench: Bench, body: str) -> None:
    assert bench.client.post("/control/clinics", content=body).status_code == 400


def test_registering_again_replaces_the_clinic_and_its_log(bench: Bench) -> None:
    bench.register("silent")
    bench.send("referral.offered", OFFER, message_id="msg_a")

    bench.register()

    assert bench.log() == []
    assert bench.clinic()["offers"] == {}
    bench.send("referral.offered", OFFER, message_id="msg_a")
    bench.wait_for(1)


def test_a_change_of_behaviour_keeps_the_records_and_takes_new_options(bench: Bench) -> None:
    bench.register("silent")
    bench.send("referral.offered", OFFER)

    response = bench.client.patch(
        "/control/clinics/aurora", json={"behaviour": "declines", "options": {"reason": "not_a_fit"}}
    )

    assert response.status_code == 200
    assert bench.clinic()["offers"] == {"offer-1": "offered"}
    bench.send("referral.offered", {**OFFER, "offer_id": "offer-2"})
    bench.wait_for(1)
    assert bench.inbox.contents == [("referral.declined", {"offer_id": "offer-2", "reason": "not_a_fit"})]


def test_a_rotated_secret_takes_the_place_of_the_old(bench: Bench) -> None:
    bench.register()
    body = '{"type": "endpoint.test", "timestamp": "2026-11-21T10:00:00Z", "data": {}}'

    bench.client.patch("/control/clinics/aurora", json={"signing_secret": FROM_CLINIC}).raise_for_status()

    assert bench.post(body, secret=TO_CLINIC).status_code == 401
    assert bench.post(body, secret=FROM_CLINIC).status_code == 200


def test_a_malformed_change_changes_nothing(bench: Bench) -> None:
    bench.register()

    response = bench.client.patch("/control/clinics/aurora", json={"behaviour": "gone", "options": {"delay": "long"}})

    assert response.status_code == 400
    assert bench.clinic()["behaviour"] == "accepts"


def test_any_message_can_be_sent_under_a_chosen_id(bench: Bench) -> None:
    bench.register()

    for slots in (1, 2):
        document = {"type": "capacity.updated", "data": {"open_slots": slots}, "id": "msg_chosen"}
        response = bench.client.post("/control/clinics/aurora/send", json=document)
        assert (response.status_code, response.json()) == (202, {"id": "msg_chosen"})
        bench.wait_for(slots)

    first, second = bench.inbox.requests
    first.verify()
    second.verify()
    assert first.id == second.id == "msg_chosen"
    assert first.body != second.body


@pytest.mark.parametrize("document", [{"type": "capacity.updated"}, {"data": {}}, {"type": "x", "data": {}, "id": 5}])
def test_a_malformed_sending_is_refused(bench: Bench, document: dict[str, object]) -> None:
    bench.register()

    assert bench.client.post("/control/clinics/aurora/send", json=document).status_code == 400
    assert bench.log() == []


def test_the_log_is_narrowed_by_field_and_by_what_was_seen(bench: Bench) -> None:
    bench.register()
    bench.send("endpoint.test", {}, message_id="msg_a")
    bench.send("referral.withdrawn", {"offer_id": "o"}, message_id="msg_b")

    assert [row["id"] for row in bench.log(type="endpoint.test")] == ["msg_a"]
    assert [row["id"] for row in bench.log(after="1")] == ["msg_b"]
    assert bench.client.get("/control/log", params={"colour": "red"}).status_code == 400
    assert bench.client.get("/control/log", params={"after": "x"}).status_code == 400


def test_reset_forgets_clinics_log_and_unfinished_messages(bench: Bench) -> None:
    bench.register()
    bench.inbox.statuses = [500] * 20
    bench.send("referral.offered", OFFER)
    bench.wait_for(1)

    assert bench.client.post("/control/reset").status_code == 204

    assert bench.client.get("/control/clinics").json() == []
    assert bench.client.get("/control/log").json() == []
    # Were the acceptance alive, it would be tried again before this other message's second try.
    bench.inbox.statuses = [500]
    bench.register(key="boreal")
    bench.client.post("/control/clinics/boreal/send", json={"type": "capacity.updated", "data": {}})
    bench.wait_until(lambda: [row["status"] for row in bench.log("boreal")] == [500, 200])
    assert [kind for kind, _ in bench.inbox.contents] == ["referral.accepted"] + ["capacity.updated"] * 2


def test_a_clock_file_that_is_no_number_leaves_the_last_offset(bench: Bench) -> None:
    bench.register()
    bench.set_clock(3600)
    body = '{"type": "endpoint.test", "timestamp": "2026-11-21T10:00:00Z", "data": {}}'
    assert bench.post(body, age=-3600).status_code == 200

    bench.clock_file.write_text("")

    assert bench.post(body, age=-3600).status_code == 200
