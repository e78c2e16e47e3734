"""The control API: clock, faults, reset."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe

from tests.simulators.running import ROOT
from tests.simulators_tests.stripe.bench import DAY, Bench, Inbox, simulated, wait_until


def test_the_clock_can_be_advanced_and_set(bench: Bench) -> None:
    before = bench.read("health")["timestamp"]
    bench.advance(DAY)
    assert bench.read("health")["timestamp"] - before in (DAY, DAY + 1)

    bench.order("clock", now="2031-05-06T07:08:09Z")

    expected = int(datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp())
    assert bench.stripe.v1.customers.create().created in (expected, expected + 1)


@pytest.mark.parametrize("order", [{}, {"advance": "soon"}, {"now": "2031-05-06T07:08:09"}, {"back": 1}])
def test_a_wrong_move_of_the_clock_is_refused(bench: Bench, order: dict[str, object]) -> None:
    assert bench.control.post("/control/clock", json=order).status_code == 400


def test_the_clock_follows_a_shared_file(bench: Bench, clock_file: Path) -> None:
    before = bench.read("health")["timestamp"]
    clock_file.write_text("86400.5\n")
    assert bench.read("health")["timestamp"] - before >= DAY

    clock_file.write_text("172800")

    assert bench.read("health")["timestamp"] - before >= 2 * DAY


def test_a_clock_file_that_is_no_number_leaves_the_last_offset(bench: Bench, clock_file: Path) -> None:
    before = bench.read("health")["timestamp"]
    clock_file.write_text("86400")
    assert bench.read("health")["timestamp"] - before >= DAY

    clock_file.write_text("tomorrow")

    assert bench.read("health")["timestamp"] - before >= DAY


@pytest.mark.parametrize(
    ("order", "status", "executed"),
    [
        ({"kind": "error"}, 500, False),
        ({"kind": "error", "stage": "after"}, 500, True),
        ({"kind": "conflict"}, 409, False),
        ({"kind": "rate_limit"}, 429, False),
        ({"kind": "drop"}, None, False),
        ({"kind": "drop", "stage": "after"}, None, True),
    ],
)
def test_a_fault_hits_before_or_after_execution(
    bench: Bench, order: dict[str, str], status: int | None, executed: bool
) -> None:
    bench.order("faults", method="POST", **order)

    with pytest.raises(stripe.StripeError) as failed:
        bench.stripe.v1.customers.create()

    assert failed.value.http_status == status
    assert bench.read("log")[0]["status"] == status
    assert len(bench.stripe.v1.customers.list().data) == executed


def test_a_timeout_holds_the_request_that_still_executes(bench: Bench) -> None:
    bench.order("faults", kind="timeout", method="POST", seconds=0.4)
    impatient = stripe.StripeClient(
        "sk_test_x", base_addresses={"api": bench.url}, http_client=stripe.RequestsClient(timeout=0.1)
    )

    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create(options={"idempotency_key": "k"})
    with pytest.raises(stripe.APIError) as in_use:
        bench.stripe.v1.customers.create(options={"idempotency_key": "k"})

    assert in_use.value.http_status == 409


def test_a_request_held_over_a_reset_changes_nothing(bench: Bench) -> None:
    bench.order("faults", kind="timeout", method="POST", seconds=0.4)

    def create() -> None:
        with pytest.raises(stripe.APIConnectionError):
            bench.stripe.v1.customers.create()

    with ThreadPoolExecutor(1) as threads:
        held = threads.submit(create)
        wait_until(lambda: bench.read("faults")["held"] == 1, "the request to be held")
        bench.order("reset")
        held.result()

    assert not bench.stripe.v1.customers.list().data


def test_a_fault_is_matched_skipped_counted_and_cleared(bench: Bench) -> None:
    bench.order("faults", kind="error", method="GET", path="/v1/customers/*", skip=1, count=2)
    customer = bench.stripe.v1.customers.create()
    bench.stripe.v1.customers.list()
    bench.stripe.v1.customers.retrieve(customer.id)
    with pytest.raises(stripe.APIError):
        bench.stripe.v1.customers.retrieve(customer.id)
    (left,) = bench.read("faults")["faults"]
    assert (left["skip"], left["count"]) == (0, 1)

    bench.control.delete("/control/faults").raise_for_status()

    assert bench.stripe.v1.customers.retrieve(customer.id).id == customer.id


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"kind": "fire"},
        {"kind": "conflict", "stage": "after"},
        {"kind": "drop", "count": 0},
        {"kind": "drop", "x": 1},
    ],
)
def test_a_fault_that_does_not_exist_is_refused(bench: Bench, order: dict[str, object]) -> None:
    assert bench.control.post("/control/faults", json=order).status_code == 400


def test_a_behaviour_that_is_not_documented_is_refused(bench: Bench) -> None:
    saved = bench.saved()
    order = {"payment_method": saved.method, "like": "pm_card_generous"}

    assert bench.control.post("/control/behaviours", json=order).status_code == 400
    assert bench.control.post("/control/behaviours", json={**order, "payment_method": "pm_0"}).status_code == 404


def test_reset_forgets_everything(bench: Bench) -> None:
    bench.pay(bench.saved())
    bench.order("faults", kind="error")
    bench.advance(DAY)

    bench.order("reset")

    assert (bench.charged(), bench.read("log"), bench.read("faults")["faults"]) == ([], [], [])
    assert bench.stripe.v1.customers.list().data == []


def test_an_endpoint_from_the_command_line_survives_a_reset(inbox: Inbox) -> None:
    options = ["--webhook-url", inbox.url, "--webhook-secret", "whsec_new", "--webhook-secret", "whsec_old"]
    with simulated(*options) as bench:
        bench.order("reset")
        bench.stripe.v1.customers.create()
        inbox.wait_for(1)

    assert inbox.events("whsec_new")[0].type == inbox.events("whsec_old")[0].type == "customer.created"


def test_a_webhook_address_needs_its_secret() -> None:
    command = [sys.executable, "-m", "tests.simulators.stripe", "--webhook-url", "http://127.0.0.1:1/"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)

    assert ended.returncode == 2
    assert "go together" in ended.stderr
