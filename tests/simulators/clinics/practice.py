"""What a clinic does about a message it has taken, and about its own sessions as time passes."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from tests.simulators.clinics.behaviours import ACCEPTED, DECLINED
from tests.simulators.clinics.inspection import Message, Refused, read_instant
from tests.simulators.clinics.sending import Outgoing, Sender, rfc3339, write
from tests.simulators.clinics.state import Clinic, Session

OVERTAKING_SECONDS = 0.5  # real time
FINISHED = frozenset({"completed", "cancelled", "no_show"})
FINISHING = frozenset({"session.completed", "session.cancelled", "session.no_show"})


async def respond(clinic: Clinic, message: Message, *, sender: Sender, now: datetime) -> None:
    """Act on a taken message: remember it, and send what this clinic's behaviour says."""
    data = message.data
    await _let_others_pass(clinic)
    if message.type == "referral.offered":
        clinic.offers[data["offer_id"]] = "offered"
        await _answer(clinic, data["offer_id"], sender=sender, now=now)
    elif message.type == "referral.withdrawn":
        clinic.offers[data["offer_id"]] = "withdrawn"
    elif message.type == "referral.confirmed":
        clinic.offers[data["offer_id"]] = "confirmed"
    elif message.type == "course.updated":
        update_course(clinic, message)
        await _schedule(clinic, data["course_id"], sender=sender, now=now)


def update_course(clinic: Clinic, message: Message) -> None:
    """Take over a course's sessions, unless a later version of the course has come already."""
    course_id = message.data["course_id"]
    if message.timestamp < clinic.course_versions.get(course_id, message.timestamp):
        return
    clinic.course_versions[course_id] = message.timestamp
    for document in message.data["sessions"]:
        session = _read_session(course_id, document)
        clinic.sessions[session.session_id] = _merge(clinic.sessions.get(session.session_id), session)


async def complete_due(clinic: Clinic, due: list[Session], *, sender: Sender, now: datetime) -> None:
    """Report sessions as held, one after another in the order in which they ended.

    `completed_at` is the session's end and not the moment of reporting: a clock that jumps moves no past.
    """
    for session in due:
        data = {"session_id": session.session_id, "completed_at": rfc3339(session.ends_at)}
        await _deliver(clinic, write("session.completed", data, now=now), sender=sender)


def take_due(clinic: Clinic, now: datetime) -> list[list[Session]]:
    """The scheduled sessions that are over, now marked finished, by course and in the order of their ends."""
    due = [s for s in clinic.sessions.values() if s.phase == "scheduled" and s.ends_at <= now]
    for session in due:
        session.phase = "finished"
    ordered = sorted(due, key=lambda session: (session.course_id, session.ends_at))
    return [list(group) for _, group in groupby(ordered, key=lambda session: session.course_id)]


def note_sent(clinic: Clinic, message_type: str, data: Mapping[str, Any]) -> None:
    """Keep the clinic's own book in step with a message that a control command sends in its name."""
    session = clinic.sessions.get(str(data.get("session_id")))
    if session is None:
        return
    if message_type in FINISHING:
        session.phase = "finished"
    elif message_type in ("session.scheduled", "session.rescheduled"):
        with suppress(Refused):  # a command may send nonsense on purpose; the clinic's own book stays sane
            starts_at = read_instant(data.get("starts_at"), "starts_at")
            session.ends_at += starts_at - session.starts_at
            session.starts_at, session.phase = starts_at, "scheduled"


async def _let_others_pass(clinic: Clinic) -> None:
    """Where the behaviour reorders, every second message is acted on after the next one."""
    clinic.messages_heard += 1
    if clinic.behaviour.reorders and clinic.messages_heard % 2:
        await asyncio.sleep(OVERTAKING_SECONDS)


async def _deliver(clinic: Clinic, outgoing: Outgoing, *, sender: Sender) -> int | None:
    """Deliver a message as often as the behaviour says; the last status is what counts."""
    status = None
    for _ in range(clinic.behaviour.copies):
        status = await sender.deliver(clinic, outgoing)
    return status


async def _answer(clinic: Clinic, offer_id: str, *, sender: Sender, now: datetime) -> None:
    answer = clinic.behaviour.answer
    if answer is None:
        return
    data: dict[str, Any] = {"offer_id": offer_id}
    if answer == DECLINED:
        data["reason"] = clinic.option("reason")
    copies: dict[str, Outgoing] = {}
    for step in clinic.behaviour.steps:
        outgoing = copies.setdefault(step.copy_of, write(answer, data, now=now))
        status = await _deliver(clinic, replace(outgoing, rightly_signed=step.rightly_signed), sender=sender)
        if status is not None and status < 300 and clinic.offers[offer_id] == "offered":
            clinic.offers[offer_id] = "accepted" if answer == ACCEPTED else "declined"


async def _schedule(clinic: Clinic, course_id: str, *, sender: Sender, now: datetime) -> None:
    """Agree to each proposed session of a course, in the order of their starts."""
    if clinic.behaviour.answer is None or not clinic.behaviour.schedules:
        return
    proposed = [s for s in clinic.sessions.values() if s.course_id == course_id and s.phase == "proposed"]
    for session in proposed:
        session.phase = "scheduling"
    for session in sorted(proposed, key=lambda session: session.starts_at, reverse=clinic.behaviour.reorders):
        await _schedule_one(clinic, session, sender=sender, now=now)


async def _schedule_one(clinic: Clinic, session: Session, *, sender: Sender, now: datetime) -> None:
    data = {
        "course_id": session.course_id,
        "session_id": session.session_id,
        "starts_at": rfc3339(session.starts_at),
    }
    status = await _deliver(clinic, write("session.scheduled", data, now=now), sender=sender)
    if session.phase == "scheduling":
        session.phase = "scheduled" if status is not None and status < 300 else "proposed"


def _read_session(course_id: str, document: Mapping[str, Any]) -> Session:
    status = document["status"]
    return Session(
        course_id=course_id,
        session_id=document["session_id"],
        starts_at=read_instant(document["starts_at"], "starts_at"),
        ends_at=read_instant(document["ends_at"], "ends_at"),
        phase="finished" if status in FINISHED else "proposed" if status == "proposed" else "scheduled",
    )


def _merge(known: Session | None, told: Session) -> Session:
    """What the clinic holds after being told: its own progress stands while the session has not moved."""
    if known is None or known.starts_at != told.starts_at or told.phase == "finished" or known.phase == "proposed":
        return told
    known.ends_at = told.ends_at
    return known
