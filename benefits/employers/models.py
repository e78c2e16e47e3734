"""Employers."""

from typing import ClassVar

from django.db import models

from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, seen_by


class Employer(Aggregate):
    """A company under contract. Its row is the lock under which changes of its roster follow one another."""

    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "employer",
                hr=("id = {employer}", "select, update (version)"),
                employee=("id = {employer}", "select"),
                operator=(EVERY, "select, insert, update (version, name)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]
