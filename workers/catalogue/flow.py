"""Flow maps in Mermaid: which slice announces what, and who hears it. Dotted arrows are timers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from workers.catalogue.entries import Entry, Kind
from workers.catalogue.survey import Item

_Edge = tuple[str, str, bool]  # from, to, by a timer
OUTSIDE = "clinics"


def draw_overview(items: Sequence[Item]) -> str:
    """Return the map of the whole: slices by app, one arrow per pair of slices with the events that go along it.

    What a slice tells itself (timers, mostly) is in the map of its app and not here.
    """
    edges: dict[_Edge, list[str]] = defaultdict(list)
    for item in items:
        for edge in _edges(item):
            edges[edge].append(_short(item.entry))
    slices = sorted({end for edge in edges for end in edge[:2] if end != OUTSIDE})
    lines = ["flowchart LR"]
    for app in dict.fromkeys(name.partition(".")[0] for name in slices):
        lines += [f"  subgraph {app}", *(f"    {_node(s)}" for s in slices if s.startswith(f"{app}.")), "  end"]
    if any(OUTSIDE in edge for edge in edges):
        lines.append(f"  {_id(OUTSIDE)}([{OUTSIDE}])")
    lines += [_arrow(edge, names) for edge, names in sorted(edges.items())]
    return "\n".join(lines)


def draw_app(app: str, items: Iterable[Item]) -> str:
    """Return the map of one app's events, in three columns: the slice that announces, the event, the reactions."""
    lines = ["flowchart LR"]
    for item in items:
        entry = item.entry
        if entry.app != app or entry.kind is not Kind.EVENT:
            continue
        event = _id(entry.name)
        lines.append(f'  {event}(["{_short(entry)}"])')
        for place, arrow in sorted({(a.slice, "-.->" if a.is_timer else "-->") for a in item.announcements}):
            lines += [f"  {_id(place)}[{place.partition('.')[2] or place}] {arrow} {event}"]
        for hearing in item.hearings:
            reaction = hearing.reaction
            lines.append(f"  {event} -->|{reaction.lane}| {_id(f'r.{reaction.consumer}')}[{reaction.consumer}]")
    return "\n".join(lines)


def _edges(item: Item) -> set[_Edge]:
    """The pairs of slices that an item connects."""
    kind = item.entry.kind
    sources = {(one.slice, one.is_timer) for one in item.announcements}
    if kind is not Kind.EVENT:
        ends = [(source, OUTSIDE) for source, _ in sources]
        return {(*(end if kind is Kind.OUTBOUND else end[::-1]), False) for end in ends}
    targets = {place for hearing in item.hearings for place in hearing.slices}
    return {(source, target, timer) for source, timer in sources for target in targets if source != target}


def _node(slice: str) -> str:
    return f"{_id(slice)}[{slice.partition('.')[2]}]"


def _arrow(edge: _Edge, names: list[str]) -> str:
    source, target, is_timer = edge
    return f'  {_id(source)} {"-.->" if is_timer else "-->"}|"{"<br>".join(sorted(names))}"| {_id(target)}'


def _short(entry: Entry) -> str:
    """An event without its app and the first version's number; a message by its type."""
    return entry.name.removeprefix(f"{entry.app}.").removesuffix(".v1")


def _id(name: str) -> str:
    """A name as Mermaid takes it: `end` and the like are words of its own."""
    return "n_" + "".join(letter if letter.isalnum() else "_" for letter in name)
