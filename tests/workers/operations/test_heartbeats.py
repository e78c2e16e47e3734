"""A lane that nobody serves is seen, whether or not anything waits in it."""

from datetime import timedelta

import pytest

from workers.events import LANES
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.operations import heartbeats
from workers.operations.models import Heartbeat

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def nothing_written(monkeypatch):
    monkeypatch.setattr(heartbeats, "_written", {})


def pulse_of(lane):
    with acting_as(WORKER):
        return next(pulse for pulse in heartbeats.pulses() if pulse.lane == lane)


def test_a_lane_is_alive_until_it_was_silent_for_a_while(now):
    assert (pulse_of("mail").at, pulse_of("mail").is_alive) == (None, False)
    heartbeats.beat("mail")
    assert (pulse_of("mail").at, pulse_of("mail").is_alive) == (now, True)
    clock.freeze(now + heartbeats.ALIVE_WITHIN)
    assert not pulse_of("mail").is_alive


def test_the_sweep_learns_whom_to_call(now):
    heartbeats.beat("mail")
    with acting_as(WORKER):
        assert heartbeats.silent_lanes() == set(LANES) - {"mail"}
    clock.freeze(now + heartbeats.ROLL_CALL)
    with acting_as(WORKER):
        assert heartbeats.silent_lanes() == set(LANES)


def test_a_process_writes_seldom_and_a_late_one_takes_nothing_back(now, monkeypatch):
    heartbeats.beat("mail")
    clock.freeze(now + timedelta(seconds=1))
    heartbeats.beat("mail")
    assert pulse_of("mail").at == now
    monkeypatch.setattr(heartbeats, "_written", {})
    clock.freeze(now - timedelta(seconds=1))
    heartbeats.beat("mail")
    assert pulse_of("mail").at == now
    with acting_as(WORKER):
        assert Heartbeat.objects.count() == 1
