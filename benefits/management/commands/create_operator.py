"""`manage.py create_operator --email …`: the first of the benefit's own team; later ones are made the same way."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benefits.accounts import services
from benefits.accounts.models import UserRole
from workers.kernel import clock
from workers.kernel.actor import AUTH, acting_as
from workers.kernel.errors import DomainError

PERMISSIONS = ("finance", "care")


class Command(BaseCommand):
    """Prints an invitation link, or with --password-stdin creates the operator at once."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = "Create an operator: prints an invitation link, or reads a password from stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        """--email, --permission (repeatable; default: all), --password-stdin."""
        parser.add_argument("--email", required=True)
        parser.add_argument("--permission", action="append", choices=PERMISSIONS, dest="permissions")
        parser.add_argument("--password-stdin", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Act as AUTH: nobody is signed in on a command line."""
        permissions = tuple(options["permissions"] or PERMISSIONS)
        try:
            with acting_as(AUTH):
                self._create(options["email"], permissions, from_stdin=options["password_stdin"])
        except DomainError as error:
            reasons = [item["message"] for item in error.extra.get("errors", [])]
            raise CommandError(" ".join([str(error), *reasons])) from error

    def _create(self, email: str, permissions: tuple[str, ...], *, from_stdin: bool) -> None:
        now = clock.now()
        if from_stdin:
            password = sys.stdin.readline().rstrip("\n")
            services.create_operator(email=email, password=password, permissions=permissions, now=now)
            self.stdout.write(f"{email} may sign in now and has to set up a TOTP app first.")
        else:
            _, token = services.issue(role=UserRole.OPERATOR, email=email, permissions=permissions, now=now)
            self.stdout.write(services.activation_url(token))
