"""A clinic's webhook address: check, disturb as the behaviour says, take once, answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from tests.simulators.clinics import practice
from tests.simulators.clinics.inspection import Message, Refused, authenticate, peek, read_message
from tests.simulators.clinics.journal import Entry
from tests.simulators.clinics.sending import rfc3339
from tests.simulators.clinics.state import Clinic
from tests.simulators.clinics.world import World

FAILURE = b'{"error": "out of order"}'


@dataclass(frozen=True)
class Reply:
    """The HTTP response to give; without a status the connection is to be cut after the body."""

    status: int | None
    body: bytes


async def receive(world: World, clinic: Clinic, headers: Mapping[str, str], body: bytes) -> Reply:
    """Take in one request to a clinic's address. A repeat of a taken id is answered well and not acted on."""
    entry = _record(world, clinic, headers, body)
    try:
        message = _inspect(world, clinic, headers, body)
        entry.verdict = "repeat" if message.id in clinic.taken else "verified"
        reply = _disturbance(clinic) or Reply(clinic.behaviour.status, clinic.behaviour.body)
    except Refused as refusal:
        entry.verdict = str(refusal)
        reply = _disturbance(clinic) or Reply(refusal.status, b'{"error": "refused"}')
    else:
        await _take(world, clinic, message, reply)
    entry.status = reply.status
    return reply


async def _take(world: World, clinic: Clinic, message: Message, reply: Reply) -> None:
    """Act once on a message that gets a good answer: an impatient sender's repeats change nothing."""
    is_new = message.id not in clinic.taken and reply.status is not None and reply.status < 300
    if is_new:
        clinic.taken.add(message.id)
    await asyncio.sleep(float(clinic.option("delay")))
    if is_new:
        work = practice.respond(clinic, message, sender=world.sender, now=world.clock.now())
        world.spawn(clinic, work)


def _inspect(world: World, clinic: Clinic, headers: Mapping[str, str], body: bytes) -> Message:
    authenticate(clinic.signing_key, headers=headers, body=body, now=world.clock.now())
    message = read_message(headers["webhook-id"], body)
    if not clinic.is_same_body(message.id, body):
        raise Refused(409, "this id came before with another body")
    return message


def _disturbance(clinic: Clinic) -> Reply | None:
    """What the behaviour does to any request, good or bad: cut it, fail it, or call the clinic gone."""
    if clinic.behaviour.drops:
        return Reply(None, clinic.behaviour.nonsense)
    if clinic.failures_given < int(clinic.option("times")):
        clinic.failures_given += 1
        return Reply(500, FAILURE)
    if clinic.behaviour.status >= 300:
        return Reply(clinic.behaviour.status, clinic.behaviour.body)
    return None


def _record(world: World, clinic: Clinic, headers: Mapping[str, str], body: bytes) -> Entry:
    envelope = peek(body) or {}
    message_type = envelope.get("type")
    return world.journal.add(
        clinic=clinic.key,
        direction="received",
        at=rfc3339(world.clock.now()),
        message_id=headers.get("webhook-id", ""),
        message_type=message_type if isinstance(message_type, str) else None,
        timestamp=headers.get("webhook-timestamp", ""),
        verdict="",
        data=envelope.get("data"),
    )
