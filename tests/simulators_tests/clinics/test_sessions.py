"""What a clinic does about the sessions of a course, and what its clock sets off."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.simulators_tests.clinics.bench import Bench


def in_hours(hours: float) -> str:
    """An RFC 3339 instant that far from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def session(session_id: str, *, starts: float, status: str = "proposed") -> dict[str, Any]:
    """A two-hour session that starts in so many hours."""
    starts_at = datetime.now(UTC) + timedelta(hours=starts)
    return {
        "session_id": session_id,
        "kind": "dosing",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
        "status": status,
    }


def zulu(instant: str) -> str:
    """The same instant with a Z."""
    return instant.replace("+00:00", "Z")


def envelope_of(message_type: str, data: object, timestamp: str) -> str:
    """A body with a timestamp of one's choice."""
    return json.dumps({"type": message_type, "timestamp": timestamp, "data": data})


def test_each_proposed_session_is_scheduled_once_in_order(bench: Bench) -> None:
    bench.register()
    later, sooner, settled = (
        session("later", starts=48),
        session("sooner", starts=24),
        session("settled", starts=12, status="scheduled"),
    )
    for _ in range(2):
        bench.send("course.updated", {"course_id": "c1", "sessions": [later, sooner, settled]})
        bench.wait_for(2)

    assert [(kind, data["course_id"], data["session_id"]) for kind, data in bench.inbox.contents] == [
        ("session.scheduled", "c1", "sooner"),
        ("session.scheduled", "c1", "later"),
    ]
    for (_, data), proposed in zip(bench.inbox.contents, (sooner, later), strict=True):
        assert datetime.fromisoformat(data["starts_at"]) == datetime.fromisoformat(proposed["starts_at"])


def test_a_session_that_moved_is_scheduled_anew(bench: Bench) -> None:
    bench.register()
    bench.send("course.updated", {"course_id": "c1", "sessions": [session("s1", starts=24)]})
    bench.wait_for(1)

    bench.send("course.updated", {"course_id": "c1", "sessions": [session("s1", starts=72)]})

    bench.wait_for(2)
    first, second = (data["starts_at"] for _, data in bench.inbox.contents)
    assert first < second


def test_an_older_version_of_a_course_that_comes_late_is_ignored(bench: Bench) -> None:
    bench.register()
    bench.send("course.updated", {"course_id": "c1", "sessions": [session("s1", starts=24, status="cancelled")]})
    bench.wait_until(lambda: "s1" in bench.clinic()["sessions"])

    stale = {"course_id": "c1", "sessions": [session("s1", starts=24)]}
    bench.post(envelope_of("course.updated", stale, "2020-01-01T00:00:00Z"))
    bench.send("course.updated", {"course_id": "c2", "sessions": [session("s2", starts=24)]})

    bench.wait_for(1)
    assert bench.inbox.contents[0][1]["session_id"] == "s2"
    assert bench.clinic()["sessions"]["s1"]["phase"] == "finished"


def test_sessions_are_completed_in_order_when_the_clock_passes_their_ends(bench: Bench) -> None:
    bench.register()
    sessions = [session("late", starts=48), session("early", starts=24), session("far", starts=200)]
    bench.send("course.updated", {"course_id": "c1", "sessions": sessions})
    bench.wait_for(3)

    bench.set_clock(25 * 3600)
    assert bench.client.get("/control/health").json()["now"] > in_hours(24.9)
    bench.set_clock(51 * 3600)

    bench.wait_for(5)
    assert bench.inbox.contents[3:] == [
        ("session.completed", {"session_id": "early", "completed_at": zulu(sessions[1]["ends_at"])}),
        ("session.completed", {"session_id": "late", "completed_at": zulu(sessions[0]["ends_at"])}),
    ]
    assert bench.clinic()["sessions"]["far"]["phase"] == "scheduled"


def test_a_session_is_not_completed_before_its_scheduling_was_taken(bench: Bench) -> None:
    bench.register()
    bench.inbox.statuses = [500, 500]

    bench.send("course.updated", {"course_id": "c1", "sessions": [session("s1", starts=-3)]})

    bench.wait_for(4)
    kinds = [kind for kind, _ in bench.inbox.contents]
    assert kinds == ["session.scheduled"] * 3 + ["session.completed"]


@pytest.mark.parametrize("ending", ["session.cancelled", "session.no_show"])
def test_a_session_that_ended_otherwise_is_never_completed(bench: Bench, ending: str) -> None:
    bench.register()
    sessions = [session("off", starts=24, status="scheduled"), session("on", starts=24, status="scheduled")]
    bench.send("course.updated", {"course_id": "c1", "sessions": sessions})
    bench.wait_until(lambda: len(bench.clinic()["sessions"]) == 2)
    bench.client.post("/control/clinics/aurora/send", json={"type": ending, "data": {"session_id": "off"}})
    bench.wait_for(1)

    bench.set_clock(30 * 3600)

    bench.wait_for(2)
    assert [(kind, data["session_id"]) for kind, data in bench.inbox.contents] == [
        (ending, "off"),
        ("session.completed", "on"),
    ]


def test_a_rescheduled_session_is_completed_at_its_new_end(bench: Bench) -> None:
    bench.register()
    moved = session("s1", starts=24, status="scheduled")
    bench.send("course.updated", {"course_id": "c1", "sessions": [moved]})
    bench.wait_until(lambda: "s1" in bench.clinic()["sessions"])

    data = {"session_id": "s1", "starts_at": in_hours(48)}
    bench.client.post("/control/clinics/aurora/send", json={"type": "session.rescheduled", "data": data})
    bench.set_clock(30 * 3600)
    bench.wait_for(1)
    bench.set_clock(51 * 3600)

    bench.wait_for(2)
    completed_at = datetime.fromisoformat(bench.inbox.contents[1][1]["completed_at"])
    assert completed_at == datetime.fromisoformat(data["starts_at"]) + timedelta(hours=2)
