"""Programmes that operators save: in force from a day, for everybody or for one employer's people."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from workers.kernel.constraints import EVERY, Trigger, append_only, seen_by
from workers.kernel.ids import new_id

_HAS_BANDS = """
IF NOT EXISTS (SELECT FROM billing_slidingscaleband WHERE programme_id = NEW.id) THEN
    RAISE EXCEPTION 'programme % has no bands', NEW.id USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""
# A band begins where the one before ends, the first at 0, and discounts fall: otherwise a higher income would pay less.
_WITHOUT_GAPS = """
IF EXISTS (
    SELECT FROM (
        SELECT above_percent, discount_percent,
               lag(up_to_percent::int, 1, 0) OVER (ORDER BY above_percent) AS end_before,
               lag(discount_percent::int, 1, 101) OVER (ORDER BY above_percent) AS discount_before
        FROM billing_slidingscaleband WHERE programme_id = NEW.programme_id) AS band
    WHERE above_percent <> end_before OR discount_percent >= discount_before) THEN
    RAISE EXCEPTION 'the bands of programme % have a gap, or a discount that does not fall', NEW.programme_id
        USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


class Incomes(Func):
    """The percentages of the guideline above a first and up to and including a second."""

    template = "int4range(%(expressions)s, '(]')"


class SlidingScaleProgramme(models.Model):
    """One version of a programme's bands, from `effective_on` until the next: never changed, for quotes name it.

    Without an `employer_id` it is for everybody; an employer's own goes before it. The scale lowers fees and never an
    employer's contribution, so that two employers' people may well have different bands.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40)
    employer_id = models.UUIDField(null=True)
    effective_on = models.DateField()
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["employer_id", "effective_on"], nulls_distinct=False, name="programme_one_at_a_time"
            ),
            Trigger(
                name="programme_has_bands",
                kind="CONSTRAINT",
                on="AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
                body=_HAS_BANDS,
            ),
            *append_only("programme"),
            *seen_by(
                "programme",
                employee=("employer_id IS NULL OR employer_id = {employer}", "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]

    @property
    def version(self) -> str:
        """What a quote keeps: "standard/2026-07-01", and whose where it is one employer's."""
        whose = f"/{self.employer_id}" if self.employer_id else ""
        return f"{self.code}/{self.effective_on}{whose}"


class SlidingScaleBand(models.Model):
    """A band of a saved programme: rules/bands.py says what a band is, the database that a programme's are a scale."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(SlidingScaleProgramme, on_delete=models.PROTECT, related_name="bands")
    code = models.CharField(max_length=40)
    above_percent = models.PositiveSmallIntegerField()
    up_to_percent = models.PositiveSmallIntegerField()
    discount_percent = models.PositiveSmallIntegerField()
    nominal_cents = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["above_percent"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["programme", "code"], name="band_code_once"),
            models.CheckConstraint(name="band_ends_above_start", condition=Q(up_to_percent__gt=F("above_percent"))),
            models.CheckConstraint(name="band_discount_is_percent", condition=Q(discount_percent__range=(1, 100))),
            models.CheckConstraint(name="band_nominal_in_lowest", condition=Q(nominal_cents=0) | Q(above_percent=0)),
            ExclusionConstraint(
                name="band_no_overlap",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    (Incomes("above_percent", "up_to_percent"), RangeOperators.OVERLAPS),
                ],
            ),
            Trigger(
                name="bands_without_gaps",
                kind="CONSTRAINT",
                on="AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
                body=_WITHOUT_GAPS,
            ),
            *append_only("programme_band"),
            *seen_by(
                "programme_band",
                employee=("programme_id IN (SELECT id FROM billing_slidingscaleprogramme)", "select"),
                operator=(EVERY, "select, insert"),
                worker=(EVERY, "select"),
            ),
        ]
