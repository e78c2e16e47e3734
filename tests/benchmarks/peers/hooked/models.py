"""What is announced."""

from typing import ClassVar

from django.db import models


class Message(models.Model):
    """Its creation fires every webhook."""

    objects: ClassVar[models.Manager["Message"]] = models.Manager()
    number = models.PositiveIntegerField()
