"""How each behaviour answers an offer, and how messages are tried again."""

import base64
import json
import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import WebhookVerificationError

from tests.simulators_tests.clinics.bench import OFFER, Bench

ACCEPTED = ("referral.accepted", {"offer_id": "offer-1"})
PAST_SESSION = {
    "session_id": "s1",
    "kind": "dosing",
    "starts_at": "2026-01-01T10:00:00Z",
    "ends_at": "2026-01-01T12:00:00Z",
    "status": "scheduled",
}


def test_accepting_is_signed_as_the_oracle_expects(bench: Bench) -> None:
    bench.register()

    bench.send("referral.offered", OFFER)

    (request,) = bench.wait_for(1)
    request.verify()
    assert set(request.content) == {"type", "timestamp", "data"}
    assert bench.inbox.contents == [ACCEPTED]
    assert bench.clinic()["offers"] == {"offer-1": "accepted"}
    (entry,) = bench.log(direction="sent")
    assert (entry["id"], entry["status"], entry["verdict"]) == (request.id, 200, "signed")


def test_the_oracle_refuses_an_answer_that_was_changed_on_the_way(bench: Bench) -> None:
    bench.register()
    bench.send("referral.offered", OFFER)
    (request,) = bench.wait_for(1)

    request.headers["webhook-id"] = "another"

    with pytest.raises(WebhookVerificationError):
        request.verify()


@pytest.mark.parametrize(("options", "reason"), [({}, "no_capacity"), ({"reason": "out_of_scope"}, "out_of_scope")])
def test_declining_gives_its_reason(bench: Bench, options: dict[str, str], reason: str) -> None:
    bench.register("declines", **options)

    bench.send("referral.offered", OFFER)

    bench.wait_for(1)[0].verify()
    assert bench.inbox.contents == [("referral.declined", {"offer_id": "offer-1", "reason": reason})]
    assert bench.clinic()["offers"] == {"offer-1": "declined"}


def test_a_silent_clinic_takes_all_and_answers_nothing(bench: Bench) -> None:
    bench.register("silent")
    assert bench.send("referral.offered", OFFER).status_code == 200
    update = {"course_id": "c1", "sessions": [PAST_SESSION]}
    assert bench.send("course.updated", update).status_code == 200

    # A message of its own that is sent afterwards arrives alone: nothing was waiting before it.
    bench.client.post("/control/clinics/aurora/send", json={"type": "capacity.updated", "data": {"open_slots": 3}})

    bench.wait_for(1)
    assert bench.inbox.contents == [("capacity.updated", {"open_slots": 3})]
    assert bench.clinic()["offers"] == {"offer-1": "offered"}


def test_a_slow_clinic_responds_late_and_accepts_afterwards(bench: Bench) -> None:
    bench.register("slow", delay=0.3)
    began = time.monotonic()

    assert bench.send("referral.offered", OFFER).status_code == 200

    assert time.monotonic() - began >= 0.3
    bench.wait_for(1)
    assert bench.inbox.contents == [ACCEPTED]


def test_a_slow_clinic_acts_once_though_its_caller_lost_patience(bench: Bench) -> None:
    bench.register("slow", delay=0.4)
    impatient = httpx.Client(base_url=bench.client.base_url, timeout=0.1, trust_env=False)
    patient, bench.client = bench.client, impatient

    with impatient, pytest.raises(httpx.ReadTimeout):
        bench.send("referral.offered", OFFER)

    bench.client = patient
    bench.wait_for(1)
    assert bench.inbox.contents == [ACCEPTED]


def test_500_first_fails_so_many_times_and_then_accepts(bench: Bench) -> None:
    bench.register("500_first", times=2)

    statuses = [bench.send("referral.offered", OFFER, message_id=f"msg_{n}").status_code for n in range(2)]

    assert statuses == [500, 500]
    assert bench.clinic()["offers"] == {}
    assert bench.send("referral.offered", OFFER, message_id="msg_3").status_code == 200
    bench.wait_for(1)
    assert bench.inbox.contents == [ACCEPTED]


def test_a_failed_message_is_still_new_when_it_is_tried_again(bench: Bench) -> None:
    bench.register("500_first", times=1)
    body = '{"type": "referral.withdrawn", "timestamp": "2026-11-21T10:00:00Z", "data": {"offer_id": "o"}}'

    statuses = [bench.post(body, message_id="msg_same").status_code for _ in range(2)]

    assert statuses == [500, 200]
    assert [row["verdict"] for row in bench.log()] == ["verified", "verified"]
    assert bench.clinic()["offers"] == {"o": "withdrawn"}


def test_a_clinic_that_is_down_hangs_up_and_others_work(bench: Bench) -> None:
    bench.register("down")
    bench.register("accepts", key="boreal")

    with pytest.raises(httpx.RemoteProtocolError):
        bench.send("referral.offered", OFFER)

    assert bench.clinic()["offers"] == {}
    assert [(row["verdict"], row["status"]) for row in bench.log()] == [("verified", None)]
    assert bench.send("endpoint.test", {}, key="boreal").status_code == 200


def test_garbage_signs_wrongly_first_and_rightly_under_the_same_id_then(bench: Bench) -> None:
    bench.register("garbage")
    bench.inbox.statuses = [401]

    response = bench.send("referral.offered", OFFER)

    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        response.json()
    false, right = bench.wait_for(2)
    with pytest.raises(WebhookVerificationError):
        false.verify()
    right.verify()
    assert (false.id, false.body) == (right.id, right.body)
    assert [row["verdict"] for row in bench.log(direction="sent")] == ["missigned", "signed"]


def test_answers_twice_repeats_one_id_and_then_takes_another(bench: Bench) -> None:
    bench.register("answers_twice")

    bench.send("referral.offered", OFFER)

    first, again, other = bench.wait_for(3)
    assert bench.inbox.contents == [ACCEPTED] * 3
    assert (first.id, first.body) == (again.id, again.body)
    assert other.id != first.id
    assert [row["attempt"] for row in bench.log(direction="sent")] == [1, 2, 1]


def test_a_clinic_that_is_gone_says_410_and_takes_nothing(bench: Bench) -> None:
    bench.register("gone")

    assert bench.send("referral.offered", OFFER).status_code == 410
    assert bench.clinic()["offers"] == {}
    assert bench.log()[0]["status"] == 410


@pytest.mark.parametrize("trouble", [500, 503, 429, 0])
def test_an_answer_is_tried_again_with_its_id_and_body_unchanged(bench: Bench, trouble: int) -> None:
    bench.register()
    bench.inbox.statuses = [trouble, trouble]

    bench.send("referral.offered", OFFER)

    requests = bench.wait_for(3)
    assert len({(request.id, request.body) for request in requests}) == 1
    for request in requests:
        request.verify()
    sent = bench.log(direction="sent")
    assert [row["attempt"] for row in sent] == [1, 2, 3]
    assert [row["status"] for row in sent] == [trouble or None, trouble or None, 200]


@pytest.mark.parametrize("verdict", [302, 400, 401, 404, 409])
def test_a_final_status_ends_the_tries_and_an_acceptance_refused_is_none(bench: Bench, verdict: int) -> None:
    bench.register()
    bench.inbox.statuses = [verdict]
    bench.send("referral.offered", OFFER)
    bench.wait_for(1)

    bench.client.post("/control/clinics/aurora/send", json={"type": "capacity.updated", "data": {"open_slots": 0}})

    bench.wait_for(2)
    assert [content[0] for content in bench.inbox.contents] == ["referral.accepted", "capacity.updated"]
    assert bench.clinic()["offers"] == {"offer-1": "offered"}


def test_confirmation_and_withdrawal_are_remembered(bench: Bench) -> None:
    bench.register("silent")

    bench.send("referral.confirmed", {"offer_id": "o1", "referral_id": "r1", "course_id": "c1"})
    bench.send("referral.withdrawn", {"offer_id": "o2"})

    bench.wait_until(lambda: bench.clinic()["offers"] == {"o1": "confirmed", "o2": "withdrawn"})


def test_a_doubling_clinic_says_everything_twice_under_one_id(bench: Bench) -> None:
    bench.register("doubles")

    bench.send("referral.offered", OFFER)

    first, second = bench.wait_for(2)
    assert first.id == second.id
    assert bench.inbox.contents == [ACCEPTED] * 2


def test_a_clinic_out_of_order_answers_the_later_offer_first(bench: Bench) -> None:
    bench.register("out_of_order")

    bench.send("referral.offered", OFFER)
    bench.send("referral.offered", OFFER | {"offer_id": "offer-2"})

    bench.wait_for(2)
    assert [data["offer_id"] for _, data in bench.inbox.contents] == ["offer-2", "offer-1"]


def test_nonsense_is_no_http(bench: Bench) -> None:
    bench.register("nonsense")

    with pytest.raises(httpx.RemoteProtocolError):
        bench.send("referral.offered", OFFER)


def test_a_clinic_that_has_a_public_key_takes_what_its_private_half_signed(bench: Bench) -> None:
    key = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(key.public_key().public_bytes_raw()).decode()
    bench.register()
    bench.client.patch("/control/clinics/aurora", json={"signing_secret": public}).raise_for_status()
    at, body = int(time.time()), json.dumps({"type": "endpoint.test", "timestamp": "2026-11-21T10:00:00Z", "data": {}})
    signature = "v1a," + base64.b64encode(key.sign(f"msg_1.{at}.{body}".encode())).decode()

    assert bench.deliver(body, "msg_1", str(at), f"v1,AAAA {signature}").status_code == 200
    assert bench.deliver(body, "msg_2", str(at), signature).status_code == 401
    assert bench.deliver(body, "msg_1", str(at), "v1a,AAAA v1a,%%%").status_code == 401
