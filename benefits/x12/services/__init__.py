"""Taking in an 834: judged by its guide, answered by a 999, staged as a change-set. Nothing is applied here."""

from benefits.x12.services.reading import read
from benefits.x12.services.uploading import upload

__all__ = ["read", "upload"]
