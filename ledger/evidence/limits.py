"""Which files are taken: how large, and of which types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from domain.refusal import Refused

MEBIBYTE = 1024 * 1024

USUAL_TYPES: tuple[str, ...] = (
    "image/*",
    "audio/*",
    "video/*",
    "text/plain",
    "text/html",
    "message/rfc822",
    "application/pdf",
    "application/rtf",
    "application/xml",
    "application/zip",
    "application/ogg",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-outlook",
    "application/vnd.openxmlformats-officedocument.*",
    "application/vnd.oasis.opendocument.*",
)
"""What customers send. No programs, no scripts, nothing that cannot be told."""


@dataclass(frozen=True)
class Limits:
    """What the organisation takes."""

    most: int = 25 * MEBIBYTE
    types: tuple[str, ...] = USUAL_TYPES

    @classmethod
    def of(cls, most: int, types: str = "") -> Limits:
        """From settings: types with blanks or commas between them, ``*`` for anything; none: the usual ones."""
        return cls(most, tuple(types.replace(",", " ").lower().split()) or USUAL_TYPES)

    def refuse_size(self, size: int) -> None:
        """Raises Refused when there are already more bytes than may be."""
        if size > self.most:
            raise Refused("evidence_too_large", limit=readable(self.most))

    def refuse_type(self, media_type: str) -> None:
        """Raises Refused for a type that is not taken."""
        if not _matches(media_type, self.types):
            raise Refused("evidence_type_not_taken", type=media_type, types=", ".join(self.types))


def readable(size: int) -> str:
    """A size for people."""
    for unit, bytes_ in (("GiB", MEBIBYTE * 1024), ("MiB", MEBIBYTE), ("KiB", 1024)):
        if size >= bytes_:
            return f"{round(size / bytes_, 1):g} {unit}"
    return f"{size} bytes"


def _matches(media_type: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(media_type, pattern) for pattern in patterns)
