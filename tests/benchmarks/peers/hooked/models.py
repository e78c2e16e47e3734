"""What is announced."""

from django.db import models


class Message(models.Model):
    """Its creation fires every webhook."""

    number = models.PositiveIntegerField()
