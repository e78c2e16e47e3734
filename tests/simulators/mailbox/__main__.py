"""`python -m tests.simulators.mailbox --smtp-port 0 --http-port 0 [--maildir DIR]`: mail to look at."""

import argparse
import asyncio
from pathlib import Path

import uvicorn

from tests.simulators.mailbox.faults import Faults
from tests.simulators.mailbox.smtp import build_protocol
from tests.simulators.mailbox.store import Mailbox
from tests.simulators.mailbox.web import build_app
from tests.simulators.serving import LOOPBACK, address_of, listen


def main() -> None:
    """Read the arguments and serve both sides until a signal comes."""
    parser = argparse.ArgumentParser(description="Keeps every mail and shows it.")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--maildir", type=Path, help="also write each mail into this folder as .eml")
    arguments = parser.parse_args()
    if arguments.maildir:
        arguments.maildir.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(arguments.smtp_port, arguments.http_port, arguments.maildir))


async def serve(smtp_port: int, http_port: int, folder: Path | None) -> None:
    """Listen on loopback, say where in one line, and serve both sides on one loop, hence without locks."""
    mailbox, faults = Mailbox(folder=folder), Faults()
    loop = asyncio.get_running_loop()
    smtp_server = await loop.create_server(
        lambda: build_protocol(mailbox=mailbox, faults=faults, loop=loop), LOOPBACK, smtp_port
    )
    config = uvicorn.Config(build_app(mailbox=mailbox, faults=faults), access_log=False, log_level="warning")
    with listen(http_port) as listener:
        smtp = smtp_server.sockets[0].getsockname()[1]
        print(f"mailbox listening on smtp://{LOOPBACK}:{smtp} and {address_of(listener)}", flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])
    smtp_server.close()


if __name__ == "__main__":
    main()
