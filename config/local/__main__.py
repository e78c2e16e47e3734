"""python -m config.local servers [--fast] -- CMD…   run CMD with PostgreSQL and Valkey up, exit with its code
python -m config.local demo                       play the story on the whole stack, print its figures
python -m config.local up                         the same, then stay until Ctrl-C
python -m config.local beside -- CMD…             run CMD with the environment of what is up, in another terminal
python -m config.local client                     generate a typed Python client into .local/client/, print where

Exit code 2 and one sentence on stderr when the stack cannot start, 1 when a process of it dies later.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from config.local.failures import CannotStart, StoryBroke
from config.local.leashing import run_on_terminal
from config.local.processes import NotReady, ProcessDied
from config.local.servers import Servers
from config.local.stack import Stack, replaced
from config.local.state import State


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except (ProcessDied, NotReady, StoryBroke) as error:
        print(f"{error}\nThe log of each process is in .local/logs/.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def servers(options: argparse.Namespace) -> int:
    """Run a command beside PostgreSQL and Valkey."""
    with Servers(fast=options.fast) as running:
        return run_on_terminal(options.command, running.environment())


def demo(_: argparse.Namespace) -> int:
    """Play the story on real processes; the last line of stdout is its figures as JSON."""
    from config.local.story.telling import play

    if own := replaced():
        raise CannotStart(f"The demo plays with simulators of its own: unset {' and '.join(own)}, or use make up.")
    with Stack(echo=None) as stack:
        figures, _people = play(stack)
    print(json.dumps(figures), flush=True)
    return 0


def up(_: argparse.Namespace) -> int:
    """Play the story, tell how to sign in, and stay until Ctrl-C.

    With services of one's own there is no story to play: the data stays as it is, and an operator is invited.
    """
    from config.local.story.telling import first_steps, play, sign_ins

    own = replaced()
    with Stack(echo=None, keep_data=bool(own)) as stack:
        print(first_steps(stack) if own else sign_ins(stack, play(stack)[1]), flush=True)
        stack.group.show(sys.stderr)
        stack.wait()
    return 0


def beside(options: argparse.Namespace) -> int:
    """Run a command as one more process of the stack that is up."""
    return run_on_terminal(options.command, State().environment_of_run())


def client(_: argparse.Namespace) -> int:
    """Generate the typed client, and print where it is."""
    from config.local.client import generate

    with Servers(fast=True) as running:
        print(generate(State(), running.environment()), flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.local", description="The project on this machine.")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("servers", help="run a command with PostgreSQL and Valkey up")
    one.add_argument("--fast", action="store_true", help="no durability, data of its own: for tests")
    one.add_argument("command", nargs="+")
    one.set_defaults(run=servers)
    commands.add_parser("demo", help="play the story and print its figures").set_defaults(run=demo)
    commands.add_parser("client", help="generate a typed Python client").set_defaults(run=client)
    commands.add_parser("up", help="play the story, then run until Ctrl-C").set_defaults(run=up)
    other = commands.add_parser("beside", help="run a command with the environment of what is up")
    other.add_argument("command", nargs="+")
    other.set_defaults(run=beside)
    return parser


if __name__ == "__main__":
    sys.exit(main())
