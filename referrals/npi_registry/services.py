"""Importing a file: COPY into a table of the transaction's own, then one upsert; all of it or nothing, and once."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import IntegrityError, connection, transaction

from referrals.npi_registry.models import RegistryFile
from referrals.npi_registry.queries import find_file, known_numbers, relevant_codes
from referrals.npi_registry.rules.archives import Source, open_source
from referrals.npi_registry.rules.faults import BadFile
from referrals.npi_registry.rules.records import COLUMNS, Relevant, Tally, Wanted, copy_lines, everyone
from workers.kernel.errors import Invalid

_BLOCK = 2_000  # lines that are sent to PostgreSQL at a time: some 600 kB
_LOCK = 0x4E5049  # one import at a time: a second waits, and then finds the file known
_OF_REGISTRY = [name for name in COLUMNS if name not in ("npi", "deactivated_on", "reactivated_on")]
_PATIENCE = (
    "SELECT set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)"
)
_STAGE = "CREATE TEMPORARY TABLE staged_npi (LIKE referrals_npirecord) ON COMMIT DROP"
_COPY = f"COPY staged_npi ({', '.join(COLUMNS)}) FROM STDIN"
# Newer news win by the registry's own day of change, so an older file can be imported after a newer one. Days of
# deactivation and reactivation only ever rise. Rows that would stay as they are are not written.
_UPSERT = """
INSERT INTO referrals_npirecord AS known ({columns})
SELECT DISTINCT ON (npi) {staged} FROM staged_npi ORDER BY npi, updated_on DESC NULLS LAST
ON CONFLICT (npi) DO UPDATE SET
    {news},
    deactivated_on = greatest(known.deactivated_on, excluded.deactivated_on),
    reactivated_on = greatest(known.reactivated_on, excluded.reactivated_on)
WHERE ({newer} AND ({ours}) IS DISTINCT FROM ({theirs}))
    OR excluded.deactivated_on > coalesce(known.deactivated_on, '-infinity')
    OR excluded.reactivated_on > coalesce(known.reactivated_on, '-infinity')
RETURNING xmax = 0 AS is_new
"""
_COUNTED = """
WITH written AS ({upsert}) SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
"""
_NEWER = "excluded.updated_on >= coalesce(known.updated_on, '-infinity')"


class Unreadable(Invalid):
    """The file cannot be imported: the message says what to do; nothing of it was kept."""

    code = "unreadable_registry_file"


def import_file(path: Path, *, has_everyone: bool, now: datetime, dry_run: bool = False) -> tuple[RegistryFile, bool]:
    """Import a monthly, weekly or deactivation file and return its record with True; a known one's with False.

    With `dry_run` all of it is taken back at the end: the record tells what would have been done, and is not kept.
    Only providers with a taxonomy of data/taxonomies.csv are kept, and those already known, and all deactivations;
    `has_everyone` keeps all. Rows that cannot be read are left out and listed. The caller acts as a worker. The memory
    that it needs does not depend on the file's length. Killed at any moment, it leaves nothing. Raises Unreadable.
    """
    try:
        with transaction.atomic():
            _be_patient()
            sha256 = _hash(path)
            if known := find_file(sha256, has_everyone=has_everyone):
                return known, False
            with open_source(path) as source:
                record = RegistryFile(
                    name=path.name, sha256=sha256, has_everyone=has_everyone, kind=source.kind, imported_at=now
                )
                done = _import(record, source)
            transaction.set_rollback(dry_run)
            return done
    except BadFile as error:
        raise Unreadable(str(error)) from None


def _import(record: RegistryFile, source: Source) -> tuple[RegistryFile, bool]:
    if not _insert(record):
        return RegistryFile.objects.get(sha256=record.sha256, has_everyone=record.has_everyone), False
    wanted = everyone if record.has_everyone else Relevant(relevant_codes(), known_numbers())
    tally, (record.rows_added, record.rows_changed) = _store(source, wanted)
    _describe(record, tally)
    return record, True


def _be_patient() -> None:
    """The login's time-outs are for requests: a month's file takes minutes. Ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)


def _store(source: Source, wanted: Wanted) -> tuple[Tally, tuple[int, int]]:
    """Return what was read, and how many numbers were added and changed by it."""
    tally = Tally()
    lines = copy_lines(source, wanted, tally)
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            for block in _blocks(lines):
                copy.write(block)
        cursor.execute(_COUNTED.format(upsert=_upsert()))
        added, changed = cursor.fetchone()
        cursor.execute("DROP TABLE staged_npi")  # a second file of the same transaction has its own
    return tally, (added, changed)


def _blocks(lines: Iterator[bytes]) -> Iterator[bytes]:
    while block := b"".join(islice(lines, _BLOCK)):
        yield block


def _upsert() -> str:
    latest = {name: f"max({name}) OVER (PARTITION BY npi)" for name in ("deactivated_on", "reactivated_on")}
    return _UPSERT.format(
        columns=", ".join(COLUMNS),
        staged=", ".join(latest.get(name, name) for name in COLUMNS),
        news=", ".join(
            f"{name} = CASE WHEN {_NEWER} THEN excluded.{name} ELSE known.{name} END" for name in _OF_REGISTRY
        ),
        newer=_NEWER,
        ours=", ".join(f"known.{name}" for name in _OF_REGISTRY),
        theirs=", ".join(f"excluded.{name}" for name in _OF_REGISTRY),
    )


def _insert(record: RegistryFile) -> bool:
    """Take the turn, and the place of the file; False when it was imported while this one waited."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _describe(record: RegistryFile, tally: Tally) -> None:
    record.rows_read, record.rows_kept, record.rows_refused = tally.read, tally.kept, tally.refused
    record.faults = [asdict(fault) for fault in tally.faults]
    record.save(update_fields=["rows_read", "rows_kept", "rows_refused", "rows_added", "rows_changed", "faults"])


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None
