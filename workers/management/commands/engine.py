"""`manage.py engine`: what waits and what is stuck, and what to do about it."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workers.events import LANES
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError
from workers.operations import repairing
from workers.operations.glance import glance
from workers.operations.stuck import Chosen
from workers.status import QUEUES
from workers.tasks import drain_fully

_COLUMNS = ("queue", "lane", "due", "leased", "later", "parked", "dead", "oldest_due_at")
_TROUBLES = ("queue", "consumer", "reason", "status", "rows", "newest")
_PULSES = ("lane", "at", "is_alive")
_ACTIONS = {"replay": repairing.replay, "park": repairing.park, "drop": repairing.drop}


class Command(BaseCommand):
    """One subcommand each: status, replay, park, drop, drain."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = "Look at the engine, and mend what is stuck."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`engine replay jobs --consumer X`, and so on."""
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("status", help="What waits per lane, and what goes wrong most.")
        for name, meaning in {
            "replay": "Make dead rows ready again, and what is parked behind them.",
            "park": "Make waiting rows dead by hand.",
            "drop": "Delete dead rows: what they were for does not happen.",
        }.items():
            _add_choice(commands.add_parser(name, help=meaning), needs_why=name != "replay")
        lane = commands.add_parser("drain", help="Do what is due in a lane, here, until nothing is.")
        lane.add_argument("lane", choices=LANES)
        for command in commands.choices.values():
            command.add_argument("--json", action="store_true", help="One JSON object instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        command = options["command"]
        if command == "status":
            self._status(as_json=options["json"])
        elif command == "drain":
            self._tell(options, {"lane": options["lane"], "seconds": drain_fully(options["lane"])})
        else:
            self._tell(options, {"queue": options["queue"], "rows": _repair(command, options)})

    def _status(self, *, as_json: bool) -> None:
        with acting_as(WORKER):
            seen = glance()
        if as_json:
            self.stdout.write(json.dumps(seen, default=str))
            return
        self.stdout.write(table(_COLUMNS, seen["queues"]))
        self.stdout.write(f"\nTimers due: {seen['timers_due']}\n\n{table(_PULSES, seen['pulses'])}\n")
        self.stdout.write(table(_TROUBLES, seen["troubles"]) if seen["troubles"] else "Nothing goes wrong.")

    def _tell(self, options: dict[str, Any], result: dict[str, Any]) -> None:
        words = ", ".join(f"{name} {value}" for name, value in result.items())
        self.stdout.write(json.dumps(result) if options["json"] else f"{options['command']}: {words}")


def _add_choice(parser: ArgumentParser, *, needs_why: bool) -> None:
    parser.add_argument("queue", choices=list(QUEUES))
    parser.add_argument("ids", nargs="*", help="The rows' ids.")
    parser.add_argument("--consumer", default="", help="Only this reaction, template or message type.")
    parser.add_argument("--reason", default="", help="Only this reason, as status names it.")
    parser.add_argument("--all", action="store_true", help="Every row that is meant by the command.")
    parser.add_argument("--why", default="", required=needs_why, help="Kept with what was done.")


def _repair(command: str, options: dict[str, Any]) -> int:
    """Act until no chosen row is left; each turn is a transaction of its own. Raises CommandError."""
    chosen = Chosen(ids=tuple(options["ids"]), consumer=options["consumer"], reason=options["reason"])
    if not options["all"] and chosen == Chosen():
        raise CommandError("Choose: ids, --consumer, --reason, or --all.")
    total, turn = 0, -1
    try:
        while turn:
            with acting_as(WORKER):
                turn = _ACTIONS[command](options["queue"], chosen, now=clock.now(), why=options["why"])
            total += turn
    except DomainError as error:
        raise CommandError(str(error)) from None
    return total


def table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as columns of text: numbers to the right, everything else to the left, "-" for nothing."""
    cells = [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in [list(columns), *cells]) for place in range(len(columns))]
    right = [all(isinstance(row[name], int) for row in rows) for name in columns]
    return "\n".join(
        "  ".join(
            text.rjust(width) if is_right else text.ljust(width)
            for text, width, is_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [list(columns), *cells]
    )


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return "-" if value is None else f"{value:%Y-%m-%d %H:%M:%S}" if hasattr(value, "strftime") else str(value)
