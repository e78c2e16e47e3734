"""Messages are read strictly: what is not one of ours is refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.clinic_updates.rules import Malformed, UnknownType, WrongData, read_data, read_envelope
from referrals.messages import TYPES

ID = "01890000-0000-7000-8000-000000000000"
AT = "2026-03-02T15:00:00Z"
GOOD: dict[str, dict[str, Any]] = {
    "referral.received": {"offer_id": ID},
    "referral.accepted": {"offer_id": ID},
    "referral.declined": {"offer_id": ID, "reason": "no_capacity"},
    "session.scheduled": {"course_id": ID, "session_id": ID, "starts_at": AT},
    "session.rescheduled": {"session_id": ID, "starts_at": AT},
    "session.completed": {"session_id": ID, "completed_at": AT},
    "session.cancelled": {"session_id": ID, "reason": "ill"},
    "session.no_show": {"session_id": ID},
    "capacity.updated": {"open_slots": 4},
}
fields = [(name, field) for name, data in GOOD.items() for field in data]


def read_message(raw: bytes) -> Any:
    """The data of a message as it travels."""
    envelope = read_envelope(raw)
    return read_data(envelope.type, envelope.data)


def body(type: str, data: Any) -> bytes:
    return json.dumps({"type": type, "timestamp": AT, "data": data}).encode()


@pytest.mark.parametrize("type", TYPES)
def test_every_type_is_read(type: str) -> None:
    data = read_message(body(type, GOOD[type]))
    assert set(data.__struct_fields__) - {"expected_version"} == set(GOOD[type])


@pytest.mark.parametrize(("type", "field"), fields)
@pytest.mark.parametrize("value", [None, "", "nonsense\u0000", -1, [], True, "2026-03-02T15:00:00", 10**30])
def test_each_field_has_its_shape(type: str, field: str, value: Any) -> None:
    value = "\u0000" if field == "reason" and isinstance(value, str) and value else value
    with pytest.raises(WrongData, match=field):
        read_message(body(type, GOOD[type] | {field: value}))


@pytest.mark.parametrize(("type", "field"), fields)
def test_each_field_is_required_and_no_other_is_taken(type: str, field: str) -> None:
    rest = {name: value for name, value in GOOD[type].items() if name != field}
    for data in (rest, GOOD[type] | {"also": 1}):
        with pytest.raises(WrongData):
            read_message(body(type, data))


def test_an_unknown_type_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownType, match=r"session\.no_show"):
        read_message(body("referral.eaten", {}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"type": "session.no_show"}',
        body("session.no_show", []),
        body("session.no_show", {}).replace(b"Z", b""),
        b'{"type": "a", "timestamp": "'
        + AT.encode()
        + b'", "data": '
        + b'{"a":' * 20_000
        + b"1"
        + b"}" * 20_000
        + b"}",
        b'{"type": "\x00", "timestamp": "' + AT.encode() + b'", "data": {}}',
        b'{"type": "\\ud800", "timestamp": "' + AT.encode() + b'", "data": {}}',
    ],
)
def test_what_is_no_message_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_envelope(raw)


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
)
def test_no_bytes_do_more_than_be_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_envelope(raw)
