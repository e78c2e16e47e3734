"""`manage.py collect_hris`: take what an HR system left in a folder; for cron."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from benefits.accounts.models import HrPermission
from benefits.eligibility import services
from benefits.eligibility.models import Status
from benefits.eligibility.services.hris import DropFolder, NotReadable, collect
from workers.kernel import clock
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.errors import DomainError


class Command(BaseCommand):
    """Stages an export, and applies it when it is told to and nothing in it is wrong."""

    requires_system_checks = ()  # they import every page; `migrate` runs them
    help = (
        "Stage what an employer's HR system left in a folder; with --apply the roster follows when no row has errors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which folder, whose, and as whom."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--employer", type=UUID, required=True, help="the employer's id")
        parser.add_argument("--by", type=UUID, required=True, help="the id of the HR admin who set this up")
        parser.add_argument("--apply", action="store_true")

    def handle(self, *, folder: Path, employer: UUID, by: UUID, apply: bool, **options: Any) -> None:
        """Print {"id", "status", "rows", "error_count"}, or nothing while no export is ready."""
        source = DropFolder(folder)
        if not source.is_ready():
            return
        try:
            with acting_as(Actor(role=Role.HR, employer=employer, user=by, permissions=(HrPermission.PEOPLE.value,))):
                change_set, _ = collect(connector=source, employer_id=employer, by=by, now=clock.now())
                if apply and change_set.status == Status.STAGED and not change_set.error_count:
                    change_set = services.apply(change_set_id=change_set.pk, by=by, now=clock.now())
        except (NotReadable, DomainError) as error:
            raise CommandError(str(error)) from error
        told = {"id": str(change_set.pk), "status": change_set.status, "rows": change_set.rows}
        self.stdout.write(json.dumps(told | {"error_count": change_set.error_count}))
