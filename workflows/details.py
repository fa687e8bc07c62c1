"""What Temporal's pages show of a case: its story in a few lines of Markdown, without personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.progress import Progress


def details(progress: Progress) -> str:
    """Where the case is, what it waits for and what comes next, as of this progress."""
    where = f"`{progress.stage}`"
    if progress.stage in progress.path:
        where += f" ({progress.path.index(progress.stage) + 1} of {len(progress.path)}: {' → '.join(progress.path)})"
    lines = [
        f"**{progress.kind} {progress.stream}**",
        f"* stage: {where}, round {progress.round}",
        f"* ledger: version {progress.version}",
    ]
    if progress.ending:
        lines.append(f"* ending: {progress.ending}" + (", review complete" if progress.over else ""))
    if progress.waiting_for:
        lines.append(f"* waiting for: {', '.join(progress.waiting_for)}")
    if progress.wanted:
        lines.append(f"* about to ask for: {', '.join(progress.wanted)}")
    if progress.due:
        lines.append(f"* next due: {progress.due[0].command} at {progress.due[0].at.isoformat(timespec='seconds')}")
    if progress.todo:
        lines.append(f"* to send: {', '.join(f'{effect.key} ({effect.kind})' for effect in progress.todo)}")
    return "\n".join(lines)
