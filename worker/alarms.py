"""Alarms that stop a follower until a person has acted, kept in the home so that `status` and `doctor` can tell."""

from __future__ import annotations

from worker.stack.home import StackHome


def sound(home: StackHome, name: str, sentence: str) -> None:
    """Write the alarm down; the same alarm again changes nothing."""
    file = home.path / "alarms" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != sentence:
        draft = file.with_name(f".{name}")
        draft.write_text(sentence, encoding="utf-8")
        draft.replace(file)


def silence(home: StackHome, name: str) -> None:
    """What was wrong is no longer so."""
    (home.path / "alarms" / name).unlink(missing_ok=True)


def sounding(home: StackHome) -> dict[str, str]:
    """Who has stopped → the sentence that says why and what to do."""
    folder = home.path / "alarms"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return {file.name: file.read_text(encoding="utf-8") for file in files if not file.name.startswith(".")}
