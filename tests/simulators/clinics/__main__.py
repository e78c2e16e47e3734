"""`python -m tests.simulators.clinics --port 0 [--clock-file PATH]`: the clinics as their own process."""

import argparse
from pathlib import Path

import uvicorn

from tests.simulators.clinics.app import build_app
from tests.simulators.clinics.clock import OffsetClock
from tests.simulators.clinics.world import World
from tests.simulators.serving import CuttableProtocol, address_of, listen


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
    with listen(arguments.port) as listener:
        print(f"clinic simulator listening on {address_of(listener)}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
