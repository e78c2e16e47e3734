"""Census files as HR sends them, and what it does with them, through the API."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

URL = "/api/v1/eligibility-files/"
COLUMNS = (  # noqa: SIM905 - one line of a file
    "employee_number,first_name,last_name,date_of_birth,work_email,personal_email,postal_code,state,hire_date,"
    "language,timezone,employment_status,end_date"
).split(",")
ANA = {
    "employee_number": "E1",
    "first_name": "Ana",
    "last_name": "Núñez",
    "date_of_birth": "1985-05-17",
    "personal_email": "ana@home.example",
    "postal_code": "94110",
    "state": "CA",
    "hire_date": "2020-03-01",
    "language": "es",
    "employment_status": "active",
}


def sheet(*rows: Mapping[str, str], encoding: str = "utf-8", line_end: str = "\n") -> bytes:
    """CSV bytes of rows given as {column: cell}."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def many(count: int) -> list[dict[str, str]]:
    """So many people, E0 and on."""
    return [ANA | {"employee_number": f"E{i}", "personal_email": f"e{i}@home.example"} for i in range(count)]


def upload(client: Client, content: bytes, kind: str = "full") -> Any:
    """Send a file."""
    return client.post(URL, {"file": SimpleUploadedFile("census.csv", content), "kind": kind})


def apply(client: Client, file_id: str, **body: object) -> Any:
    """Apply what a file became."""
    return client.post(f"{URL}{file_id}/apply/", body, content_type="application/json")
