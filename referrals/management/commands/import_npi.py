"""`manage.py import_npi FILE…`: bring the NPI registry up to date from what CMS publishes."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from referrals.clinics.queries.registry import list_struck_off
from referrals.npi_registry import services
from referrals.npi_registry.models import RegistryFile
from workers.kernel import clock
from workers.kernel.actor import WORKER, acting_as
from workers.kernel.errors import DomainError


class Command(BaseCommand):
    """Imports each file in a transaction of its own, in the order given, and stops at one that cannot be read."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = (
        "Import NPPES files (monthly, weekly, deactivated NPIs) as CMS publishes them, ZIP or unpacked, in the order "
        "of their publication: https://download.cms.gov/nppes/NPI_Files.html. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE…, --all, --dry-run."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--all", action="store_true", help="keep every provider, whatever the taxonomy")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Act as a worker: nobody is signed in on a command line."""
        for path in options["files"]:
            try:
                with acting_as(WORKER):
                    record, is_new = services.import_file(
                        path, has_everyone=options["all"], now=clock.now(), dry_run=options["dry_run"]
                    )
            except DomainError as error:
                raise CommandError(f"{path.name}: nothing was imported. {error}") from error
            self._tell(record, is_new=is_new)
        if not options["dry_run"]:
            self._tell_of_struck_off()

    def _tell(self, record: RegistryFile, *, is_new: bool) -> None:
        if not is_new:
            self.stdout.write(f"{record.name}: imported on {record.imported_at:%Y-%m-%d} already; nothing to do.")
            return
        self.stdout.write(
            f"{record.name}: {record.kind}, {record.rows_read} rows read, {record.rows_kept} kept, "
            f"{record.rows_refused} refused; numbers added: {record.rows_added}, changed: {record.rows_changed}."
        )
        for fault in record.faults:
            self.stderr.write(f"  row {fault['row']}, {fault['column']}: {fault['message']}")
        if record.rows_refused > len(record.faults):
            self.stderr.write(f"  … and {record.rows_refused - len(record.faults)} more.")

    def _tell_of_struck_off(self) -> None:
        """A person looks whether they may go on: a number may be deactivated by mistake."""
        with acting_as(WORKER):
            struck_off = list_struck_off()
        for one in struck_off:
            self.stderr.write(f"  {one.clinic.name}: NPI {one.npi} was deactivated on {one.deactivated_on}.")
