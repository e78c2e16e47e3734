"""A member as a census has one."""

from django.db import models


class Person(models.Model):
    """The columns of a census, known by their number."""

    employee_number = models.CharField(max_length=40, unique=True)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField()
    personal_email = models.EmailField(blank=True)
    work_email = models.EmailField(blank=True)
    postal_code = models.CharField(max_length=10)
    state = models.CharField(max_length=2)
    hire_date = models.DateField()
    language = models.CharField(max_length=2)
    timezone = models.CharField(max_length=40, blank=True)
    employment_status = models.CharField(max_length=10)
    end_date = models.DateField(null=True, blank=True)

    class Meta:
        app_label = "imported"
