"""One task per event."""

from tests.benchmarks.peers.classic import app
from tests.benchmarks.plain.models import PlainEffect


@app.task(name="classic.write")
def write(thing_id: str) -> None:
    """One ORM write, committed by itself."""
    PlainEffect.objects.create(thing_id=thing_id)


def send_all(thing_ids: list[str]) -> None:
    """One message per event, over one kept connection."""
    with app.producer_pool.acquire(block=True) as producer:
        for thing_id in thing_ids:
            write.apply_async((thing_id,), producer=producer)
