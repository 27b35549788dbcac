"""Progress for a person at a terminal: a bar while bytes come, one line for each step; plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from shared.embedded import progress as report


@contextmanager
def console_progress() -> Iterator[report.Progress]:
    """A callback for `progress=`; writes to standard error, so that standard output stays the answer."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, visible=False)
        told: set[str] = set()

        def show(step: report.Step) -> None:
            if step.total_bytes:
                bar.update(task, description=step.text, total=step.total_bytes, completed=step.done_bytes, visible=True)
            else:
                bar.update(task, visible=False)
            if step.text not in told:
                told.add(step.text)
                console.print(step.text, style="dim", highlight=False)

        yield show
