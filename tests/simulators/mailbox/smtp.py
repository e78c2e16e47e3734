"""The SMTP side: takes every mail, unless a fault was ordered for it."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.simulators.mailbox.faults import REFUSALS, Faults
from tests.simulators.mailbox.store import Mailbox

HOSTNAME = "mailbox.test"
TAKEN = "250 2.0.0 Kept"
KNOWN = "250 2.1.5 Known"


class Handler:
    """aiosmtpd's hooks for EHLO, RCPT and the end of DATA."""

    def __init__(self, *, mailbox: Mailbox, faults: Faults) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail and answer 250, or do what its fault says."""
        fault = self._faults.take()
        if fault is None:
            return self._keep(envelope)
        if fault.kind in REFUSALS:
            return REFUSALS[fault.kind]
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return self._keep(envelope)
        if fault.keeps:
            self._keep(envelope)
        _hang_up(server)
        return TAKEN

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take a recipient, or do what their fault says."""
        fault = self._faults.take(to=address)
        if fault is not None and fault.kind == "disconnect":
            _hang_up(server)
        elif fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.keeps:
            envelope.rcpt_tos.append(address)
        return REFUSALS.get(fault.kind, KNOWN) if fault is not None else KNOWN

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Say, as mail servers do, that commands may come in one go: they are read line by line however they come."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    def _keep(self, envelope: Envelope) -> str:
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self._mailbox.add(sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos), raw=raw)
        return TAKEN


def build_protocol(*, mailbox: Mailbox, faults: Faults, loop: asyncio.AbstractEventLoop) -> SMTP:
    """A protocol for one connection."""
    # A name is given because the default asks the resolver for one, which may take seconds.
    handler = Handler(mailbox=mailbox, faults=faults)
    return SMTP(handler, hostname=HOSTNAME, ident="mailbox", enable_SMTPUTF8=True, loop=loop)


def _hang_up(server: SMTP) -> None:
    transport = server.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
