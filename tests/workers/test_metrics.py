"""Counting is cheap, is summed over processes, and tells nothing about anybody."""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from prometheus_client.parser import text_string_to_metric_families

from workers.kernel import metrics

COUNT_IN_CHILDREN = """
import os
from workers.kernel import metrics
for _ in range(2):
    if os.fork() == 0:
        metrics.count_jobs("domain", "done", 5)
        metrics.observe_effects("domain", [0.003, 40.0])
        os._exit(0)
for _ in range(2):
    os.wait()
print(metrics.render().decode())
"""


def sample(text: str, name: str, **labels: str) -> float:
    """The value of one sample. Raises LookupError."""
    for family in text_string_to_metric_families(text):
        for found in family.samples:
            if found.name == name and found.labels == labels:
                return float(found.value)
    raise LookupError(f"{name} {labels}")


def counted(name: str, **labels: str) -> float:
    """The same of this process, 0 where nothing was counted yet."""
    try:
        return sample(metrics.render().decode(), name, **labels)
    except LookupError:
        return 0.0


def test_every_count_appears_under_its_labels():
    before = counted("engine_jobs_total", lane="mail", outcome="dead")
    metrics.count_jobs("mail", "dead", 3)
    assert counted("engine_jobs_total", lane="mail", outcome="dead") == before + 3
    counts = {
        ("engine_lease_losses_total", "queue", "jobs"): lambda: metrics.count_lost_leases("jobs"),
        ("engine_dead_total", "queue", "emails"): lambda: metrics.count_dead("emails"),
        ("engine_delivery_attempts_total", "outcome", "gone"): lambda: metrics.observe_attempts("gone", [0.1]),
        ("engine_reaction_seconds_count", "consumer", "x.y"): lambda: metrics.observe_reaction("x.y", 0.1),
        ("engine_mails_total", "outcome", "sent"): lambda: metrics.count_mail("sent"),
        ("engine_retired_rows_total", "table", "t"): lambda: metrics.count_retired("t", 1),
    }
    for (name, label, value), count in counts.items():
        before = counted(name, **{label: value})
        count()
        assert counted(name, **{label: value}) == before + 1, name
    before = counted("engine_bells_total", lane="mail", outcome="lost")
    metrics.count_bell("mail", "lost")
    assert counted("engine_bells_total", lane="mail", outcome="lost") == before + 1
    before = counted("engine_timers_fired_total")
    metrics.count_timers(2)
    assert counted("engine_timers_fired_total") == before + 2


def test_one_process_answers_for_all_that_share_the_folder(tmp_path: Path):
    """A prefork worker counts in its children; its main process is asked."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COUNT_IN_CHILDREN], env=environment, capture_output=True, check=True
    )
    text = run.stdout.decode()
    assert sample(text, "engine_jobs_total", lane="domain", outcome="done") == 10
    assert sample(text, "engine_event_to_effect_seconds_count", lane="domain") == 4
    assert sample(text, "engine_event_to_effect_seconds_bucket", lane="domain", le="0.004") == 2


def test_a_count_costs_microseconds():
    start = perf_counter()
    for _ in range(10_000):
        metrics.count_jobs("domain", "done")
    assert (perf_counter() - start) / 10_000 < 20e-6  # about 0.5e-6 on a quiet machine
