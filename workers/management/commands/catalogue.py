"""`manage.py catalogue`: the documents about events and webhook messages (docs/events.md, docs/schemas, AsyncAPI)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workers.catalogue.files import Documents, Incompatible, NotRetirable


class Command(BaseCommand):
    """Writes them from the code, or checks that they are what the code declares."""

    help = "Write docs/events.md, docs/asyncapi.json and docs/schemas/ from the code, or check them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """One of three deeds."""
        deed = parser.add_mutually_exclusive_group(required=True)
        deed.add_argument("--write", action="store_true", help="write what is outdated; refuses incompatible changes")
        deed.add_argument("--check", action="store_true", help="fail when something is outdated or incompatible")
        deed.add_argument(
            "--retire",
            nargs=2,
            metavar=("KEY", "REASON"),
            help='mark a name that the code no longer declares: events/referrals.offer.made.v1 "replaced by v2"',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ends with a sentence per problem and exit code 1 when there is one."""
        documents = Documents(settings.BASE_DIR / "docs")
        try:
            if options["retire"]:
                documents.retire(*options["retire"])
            if options["check"]:
                self._check(documents)
            else:
                self._tell(documents.write())
        except (Incompatible, NotRetirable) as error:
            raise CommandError(str(error)) from None

    def _check(self, documents: Documents) -> None:
        if reasons := documents.refusals():
            raise Incompatible(reasons)
        if outdated := documents.outdated():
            raise CommandError(f"Outdated, run `manage.py catalogue --write`: {', '.join(outdated)}")

    def _tell(self, written: list[str]) -> None:
        for name in written:
            self.stdout.write(f"docs/{name}")
