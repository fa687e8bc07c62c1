"""How a file is handed to a browser so that it cannot do anything there: for whoever serves it over HTTP."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

SHOWN: frozenset[str] = frozenset(
    {
        "application/pdf",
        "audio/aac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "image/avif",
        "image/bmp",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
        "video/mp4",
        "video/ogg",
        "video/quicktime",
        "video/webm",
    }
)
"""What a browser may show within a page. Everything else is only ever downloaded: pages, drawings with scripts,
programs, and whatever nobody has thought of."""


def may_be_shown(media_type: str) -> bool:
    """Whether a browser may show it, instead of only saving it."""
    return media_type in SHOWN


def headers(media_type: str, name: str, *, download: bool = False) -> dict[str, str]:
    """The headers of an answer with the file in it. The name is personal data: the answer is for one reader only."""
    shown = may_be_shown(media_type) and not download
    charset = "; charset=utf-8" if media_type == "text/plain" else ""
    return {
        "Content-Type": f"{media_type}{charset}" if shown else "application/octet-stream",
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; {_named(name)}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }


def safe_name(name: str) -> str:
    """A file's name without folders and without what a file system, a terminal or a header takes amiss."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = re.sub(r'[<>:"|?*]', "_", "".join(sign if sign.isprintable() else "_" for sign in plain)).strip(" .")
    while len(plain.encode()) > 200:  # file systems take 255 bytes; the end of the name says what it is
        middle = len(plain) // 2
        plain = plain[: middle - 1] + plain[middle + 1 :]
    return plain or "file"


def _named(name: str) -> str:
    """For every browser: the name as ASCII, and as it is (RFC 6266)."""
    plain = safe_name(name)
    ascii_ = re.sub(r"[^ -~]|[\"\\%]", "_", plain)
    return f"filename=\"{ascii_}\"; filename*=UTF-8''{quote(plain, safe='')}"
