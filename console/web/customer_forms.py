"""What a customer's form sends, read within bounds: readable files never touch a disk here."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import parse_qs

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FILES = 6
"""Files of one message at most."""
TEXTS = 200_000
"""Bytes of everything that is not a file."""
FIELDS = 20


class TooMuch(Exception):
    """More was sent than is taken."""


@dataclass(frozen=True)
class File:
    """A file that came with a message."""

    name: str
    media_type: str
    content: BinaryIO


@dataclass(frozen=True)
class Sent:
    """What was typed and chosen."""

    texts: dict[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()

    def one(self, name: str) -> str:
        """One field, without blanks around it."""
        return self.texts.get(name, "").strip()

    def close(self) -> None:
        """Let go of the files."""
        for file in self.files:
            file.content.close()


async def sent(request: Request, most: int) -> Sent:
    """The form of a request, with files of at most so many bytes together. Raises TooMuch."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        try:
            body = b"".join([piece async for piece in _bounded(request, TEXTS)])
        except MultiPartException as error:
            raise TooMuch from error
        given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
        return Sent({name: values[-1] for name, values in given.items()})
    parser = MultiPartParser(
        request.headers, _bounded(request, most + TEXTS), max_files=FILES, max_fields=FIELDS, max_part_size=TEXTS
    )
    parser.spool_max_size = most + TEXTS + 1  # in memory, all of it: what rolls over to a disk lies there readable
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise TooMuch from error
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    files = tuple(
        File(value.filename, value.content_type or "", value.file)
        for _name, value in form.multi_items()
        if isinstance(value, UploadFile) and value.filename
    )
    return Sent(texts, files)


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise MultiPartException("more than is taken")  # the parser lets go of its files then
        yield piece
