"""`python -m tests.simulators.clinics --port 0 [--clock-file PATH]`: the clinics as their own process."""

import argparse
import socket
from pathlib import Path

import uvicorn

from tests.simulators.clinics.app import build_app
from tests.simulators.clinics.clock import OffsetClock
from tests.simulators.clinics.connections import CuttableProtocol
from tests.simulators.clinics.world import World

BACKLOG = 2048


def main() -> None:
    """Listen on loopback, say where in one line, and serve until a signal comes."""
    parser = argparse.ArgumentParser(description="Clinics that receive and answer webhooks.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--clock-file", type=Path, help="seconds to add to real time, as text")
    arguments = parser.parse_args()
    app = build_app(World(clock=OffsetClock(arguments.clock_file)))
    config = uvicorn.Config(
        app, http=CuttableProtocol, access_log=False, log_level="warning", timeout_graceful_shutdown=1
    )
    with socket.create_server(("127.0.0.1", arguments.port), backlog=BACKLOG) as listener:
        # Inherited by accepted connections; without it each response waits 40 ms for a delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port = listener.getsockname()[1]
        print(f"clinic simulator listening on http://127.0.0.1:{port}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
