"""How far a follower was, in a file outside the database: an older backup put back takes its positions back with it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import LedgerError


@dataclass(frozen=True)
class Mark:
    """An entry that was followed: its position and the SHA-256 of its bytes, in a life of the ledger."""

    epoch: str
    position: int
    digest: bytes


def read_mark(path: Path | None) -> Mark | None:
    """The mark that was left; None when there is none yet."""
    if path is None:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Mark(str(found["epoch"]), int(found["position"]), bytes.fromhex(found["digest"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{path} cannot be read ({error}). Remove it only if no older backup was put back."
        ) from error


def write_mark(path: Path, mark: Mark) -> None:
    """Leave a mark; a crash leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"epoch": mark.epoch, "position": mark.position, "digest": mark.digest.hex()}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
