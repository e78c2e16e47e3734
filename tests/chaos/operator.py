"""The operator of a run: settles the e-mails that a worker was sending when it died, as docs/operations.md says.

SMTP has no idempotency, so whether they arrived only the mail provider knows; here the mailbox. (decision 16)
"""

import httpx

from tests.chaos.lab import Lab
from tests.chaos.stage import Stage

IN_DOUBT = "SELECT id::text FROM workers_email WHERE status = 9 AND last_error LIKE 'in doubt:%'"


def settle_doubtful_mails(lab: Lab, stage: Stage) -> int:
    """Drop what arrived, send again what did not, and return how many e-mails were in doubt."""
    with lab.superuser(stage.database) as database:
        doubtful = [email for (email,) in database.execute(IN_DOUBT).fetchall()]
    arrived = _arrived(stage) if doubtful else set()
    there = [email for email in doubtful if f"<{email}@benefit.example>" in arrived]
    for action, chosen in (("drop", there), ("replay", sorted({*doubtful} - {*there}))):
        if chosen:
            stage.manage("engine", action, "emails", *chosen, "--why", "asked the mail provider")
    return len(doubtful)


def _arrived(stage: Stage) -> set[str]:
    answer = httpx.get(f"{stage.url('mailbox')}/messages", trust_env=False, timeout=60).raise_for_status()
    return {mail["headers"]["Message-ID"][0] for mail in answer.json()}
