"""Employers, the e-mail domains that are theirs, whom their admins invited, and who changed what."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower

from benefits.employers.rules import BRAKE_PERCENT, MOST_BRAKE_PERCENT
from workers.kernel.aggregate import Aggregate
from workers.kernel.constraints import EVERY, OWN_EMPLOYER, append_only, seen_by
from workers.kernel.ids import new_id
from workers.kernel.lasting import never_deleted
from workers.kernel.permissions import needs_permission


class Employer(Aggregate):
    """A company under contract. Its row is the lock under which changes of its roster and its admins take turns.

    Ending the cover of more than `brake_percent` of its roster by absence from a file takes a second admin. An operator
    and not HR sets it: one admin alone could else let go of the brake and then go.
    """

    name = models.CharField(max_length=200, unique=True)
    brake_percent = models.PositiveSmallIntegerField(default=BRAKE_PERCENT, db_default=BRAKE_PERCENT)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="employer_brake_is_percent", condition=models.Q(brake_percent__lte=MOST_BRAKE_PERCENT)
            ),
            *never_deleted("employer", "id"),
            *seen_by(
                "employer",
                hr=("id = {employer}", "select, update (version)"),
                employee=("id = {employer}", "select"),
                operator=(EVERY, "select, insert, update (version, name, brake_percent)"),
                worker=(EVERY, "select, update (version)"),
            ),
        ]


class EmployerDomain(models.Model):
    """An e-mail domain that is one employer's alone, as an operator found. While there is any, admins have one of them.

    Operators and not HR write it: whoever names a domain decides whose identity provider may speak for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="domains")
    domain = models.CharField(max_length=253, unique=True)
    added_by = models.UUIDField(null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="employer_domain_in_lower_case", condition=models.Q(domain=Lower(F("domain")))),
            *seen_by(
                "employer_domain",
                auth=(EVERY, "select"),
                hr=(OWN_EMPLOYER, "select"),
                operator=(EVERY, "select, insert, delete"),
            ),
        ]


class AdminInvitation(models.Model):
    """That somebody was asked to administer an employer, for its admins to see.

    `id` is that of the accounts' own invitation, which HR has no right to read. Whether it was accepted is not written
    here: then there is an admin of that address.
    """

    id = models.UUIDField(primary_key=True)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    permissions = ArrayField(models.CharField(max_length=20))
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            *seen_by(
                "admin_invitation",
                hr=(OWN_EMPLOYER, "select, insert, update (revoked_at)"),
                operator=(EVERY, "select, insert, update (revoked_at)"),
            ),
            *needs_permission("admin_invitation", hr="owner"),
        ]


class EmployerChange(models.Model):
    """Who changed what of an employer's admins, domains and plans, and when; append-only.

    `before` and `after` hold what differs. It is written in the transaction of the change, and HR may write it only
    with the permission `owner`: without the row there is no change.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="+")
    change = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    before = models.JSONField()
    after = models.JSONField()
    by_id = models.UUIDField(null=True)
    by_role = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["employer", "-id"], name="employer_change_newest")]
        constraints: ClassVar = [
            *append_only("employer_change"),
            *seen_by(
                "employer_change",
                auth=(EVERY, "insert"),
                hr=(OWN_EMPLOYER, "select, insert"),
                operator=(EVERY, "select, insert"),
            ),
            *needs_permission("employer_change", hr="owner"),
        ]
