"""The command: `python -m tests.simulators.stripe --port 0 [--clock-file PATH] [--webhook-url URL
--webhook-secret S]`.
"""

import argparse
import socket
from pathlib import Path

import uvicorn

from tests.simulators.clock_file import ClockFile
from tests.simulators.serving import CuttableProtocol, address_of, listen
from tests.simulators.stripe.app import create_app
from tests.simulators.stripe.clock import Clock
from tests.simulators.stripe.simulation import Simulation


class AnnouncingServer(uvicorn.Server):
    """uvicorn, saying in one line on stdout when and where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce the address."""
        await super().startup(sockets)
        for each in sockets or []:
            print(f"stripe simulator listening on {address_of(each)}", flush=True)


def parse_arguments() -> argparse.Namespace:
    """Return the command line; exits with a message for a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock-file", type=Path, help="file with one number: seconds to add to real time")
    parser.add_argument("--webhook-url", help="where to send every event")
    parser.add_argument("--webhook-secret", action="append", default=[], help="whsec_…; repeat it during a rotation")
    parser.add_argument("--rate-limit", type=int, default=0, help="requests a second; more are answered 429")
    arguments = parser.parse_args()
    if bool(arguments.webhook_url) != bool(arguments.webhook_secret):
        parser.error("--webhook-url and --webhook-secret go together")
    return arguments


def main() -> None:
    """Serve until interrupted."""
    arguments = parse_arguments()
    listener = listen(arguments.port)
    simulation = Simulation(
        Clock(ClockFile(arguments.clock_file)),
        base_url=address_of(listener),
        webhook_url=arguments.webhook_url,
        webhook_secrets=arguments.webhook_secret,
        rate_limit=arguments.rate_limit,
    )
    config = uvicorn.Config(create_app(simulation), http=CuttableProtocol, log_level="warning", lifespan="on")
    AnnouncingServer(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
