"""`python -m tests.simulators.sign_on --port 0`: an identity provider as its own process."""

import argparse

import uvicorn

from tests.simulators.serving import address_of, listen
from tests.simulators.sign_on.app import build_app


def main() -> None:
    """Listen on loopback, say where in one line, and serve until a signal comes."""
    parser = argparse.ArgumentParser(description="An OpenID Connect provider.")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    arguments = parser.parse_args()
    with listen(arguments.port) as listener:
        issuer = address_of(listener)
        config = uvicorn.Config(build_app(issuer), access_log=False, log_level="warning")
        print(f"identity provider listening on {issuer}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
