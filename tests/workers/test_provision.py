"""Which servers the product runs on."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.local import binaries
from workers.management.commands import provision


def test_too_old_a_server_is_refused_before_anything_is_made(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision, "OLDEST_POSTGRES", 99)
    with pytest.raises(CommandError, match=r"This is PostgreSQL \d.*: it takes 99 or a newer one\."):
        call_command("provision")


def test_the_local_stack_starts_none_that_would_be_refused() -> None:
    assert binaries.OLDEST_POSTGRES == provision.OLDEST_POSTGRES
