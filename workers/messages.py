"""Webhook messages: what other systems are told, and what they tell us. Declared once, typed; knows no database.

@dataclass(frozen=True, kw_only=True)
class ReferralOffered(WebhookMessage, type="referral.offered"):
    '''A clinic is asked.'''
    offer_id: UUID

A message is `{"type", "timestamp", "data"}` (Standard Webhooks 1.0); the classes declare `data`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import msgspec


@dataclass(frozen=True, kw_only=True)
class WebhookMessage:
    """Base of all messages that we send. Thin: ids, codes, times, and the least that lets the reader decide."""

    type: ClassVar[str]

    def __init_subclass__(cls, *, type: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type in _outbound:
            raise TypeError(f"Two messages have the type {type}.")
        cls.type = type
        _outbound[type] = cls

    def to_data(self) -> dict[str, Any]:
        """Return the message's data as JSON types; instants in UTC end in Z."""
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A message that `source` may send, known by its type; `data` reads it and refuses what has another shape."""

    source: str
    name: str
    data: type[Any]


_outbound: dict[str, type[WebhookMessage]] = {}
_inbound: dict[tuple[str, str], Inbound] = {}

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True)
class EndpointTest(WebhookMessage, type="endpoint.test"):
    """Nothing happened: somebody tries whether messages arrive and verify."""


def inbound(*, source: str, types: Mapping[str, type[D]]) -> dict[str, type[D]]:
    """Declare the messages that `source` ("clinics") may send, by type, and return them.

    Raises TypeError for a type that is declared already.
    """
    for name, data in types.items():
        if (source, name) in _inbound:
            raise TypeError(f"{source} have two messages of the type {name}.")
        _inbound[source, name] = Inbound(source=source, name=name, data=data)
    return dict(types)


def list_outbound() -> list[type[WebhookMessage]]:
    """Return every declared message that we send, by type."""
    return [_outbound[name] for name in sorted(_outbound)]


def list_inbound() -> list[Inbound]:
    """Return every declared message that others send, by source and type."""
    return [_inbound[key] for key in sorted(_inbound)]
