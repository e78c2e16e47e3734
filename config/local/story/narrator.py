"""Tells the story to a person in short lines, with a progress bar where it waits."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


class Narrator:
    """Writes to stdout; `quiet` tells nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = Console(quiet=quiet, highlight=False, soft_wrap=True)

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.console.print(f"\n[bold]{title}[/bold]")

    def say(self, line: str) -> None:
        """One line."""
        self.console.print(f"  {line}", markup=False)

    @contextmanager
    def progress(self, what: str, total: float) -> Iterator["Bar"]:
        """A bar from 0 to `total` that vanishes when done; without a terminal nothing is drawn."""
        columns = (TextColumn("  {task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as drawn:
            yield Bar(drawn, what, total)


class Bar:
    """A progress bar under way."""

    def __init__(self, drawn: Progress, what: str, total: float) -> None:
        self._drawn, self._task = drawn, drawn.add_task(what, total=total, note="")

    def at(self, done: float, note: str = "") -> None:
        """Show how far it is, and a short note."""
        self._drawn.update(self._task, completed=done, note=note)
