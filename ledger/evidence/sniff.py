"""What kind of file it really is, by its content: never by its name, nor by what its sender says."""

from __future__ import annotations

import codecs
import mimetypes
import re

import puremagic

HEAD = 64 * 1024
FOOT = 64 * 1024
"""Bytes at the beginning and at the end that are looked at; archives keep their list of files at the end."""
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
SURE = 0.4
"""Of a signature of four bytes or more. A shorter one is believed only of what is no text."""

PROGRAMS: dict[bytes, str] = {
    b"MZ": "application/vnd.microsoft.portable-executable",
    b"\x7fELF": "application/x-elf",
    b"\xfe\xed\xfa\xce": "application/x-mach-binary",
    b"\xfe\xed\xfa\xcf": "application/x-mach-binary",
    b"\xce\xfa\xed\xfe": "application/x-mach-binary",
    b"\xcf\xfa\xed\xfe": "application/x-mach-binary",
    b"\xca\xfe\xba\xbe": "application/java-vm",
    b"dex\n": "application/vnd.android.dex",
    b"L\0\0\0\1\x14\2\0": "application/x-ms-shortcut",
    b"\0asm": "application/wasm",
}
"""What a machine would run. These are named by ourselves, because nothing may slip through."""

BRANDS: dict[bytes, str] = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"avif": "image/avif",
    b"avis": "image/avif",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "image/heif"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"3g2b"), "video/3gpp"),
}
"""Of films, sounds and pictures in the container of ISO 14496-12; all others are video/mp4."""

ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"classes.dex", "application/vnd.android.package-archive"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
    (b"vbaProject.bin", "application/vnd.ms-office.macro-enabled"),
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
"""What an archive is, by the names of the files in it; programs come first."""

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
)

OTHER_NAMES: dict[str, str] = {
    "application/x-gzip": "application/gzip",
    "application/x-zip-compressed": "application/zip",
    "audio/mp3": "audio/mpeg",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "text/xml": "application/xml",
    "video/avi": "video/x-msvideo",
}
"""One name for what has several."""

_MARKUP = re.compile(
    rb"<(?:!doctype html|html|head|body|title|script|iframe|style|table|div|font|h1|img|form|meta|link|br|p|a|b)[\s/>]",
    re.IGNORECASE,
)
_VECTOR = re.compile(rb"<(?:\w+:)?svg[\s/>]", re.IGNORECASE)
_WEB = re.compile(rb"<(?:\w+:)?html[\s/>]", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


class Sniffer:
    """Looks at a file that passes by."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._foot = b""
        self._streams: set[str] = set()
        self._text = _TextSoFar()

    def feed(self, piece: bytes) -> None:
        """The next piece."""
        if len(self._head) < HEAD:
            self._head += piece[: HEAD - len(self._head)]
        self._foot = (self._foot + piece)[-FOOT:]
        if self._head.startswith(OLE):  # its directory may be anywhere, but never across two pieces
            self._streams |= {name for name, _ in OLE_STREAMS if name.encode("utf-16-le") in piece}
        self._text.feed(piece)

    def media_type(self) -> str:
        """What the file is. Never raises."""
        head = bytes(self._head)
        for beginning, media_type in PROGRAMS.items():
            if head.startswith(beginning):
                return media_type
        if head.startswith(b"PK\3\4"):
            return self._archive(head)
        if head.startswith(OLE):
            return next((kind for name, kind in OLE_STREAMS if name in self._streams), "application/x-ole-storage")
        if head[4:8] == b"ftyp":
            return BRANDS.get(head[8:12], "video/mp4")
        if head.startswith(b"#!AMR"):
            return "audio/amr"
        return self._markup(head) or self._signature(head)

    def _archive(self, head: bytes) -> str:
        if head[30:38] == b"mimetype" and (found := re.match(rb"application/[a-z0-9.+-]+", head[38:138])):
            return found[0].decode()  # OpenDocument and EPUB say it themselves, at a fixed place
        for name, media_type in ARCHIVES:
            if name in head or name in self._foot:
                return media_type
        return "application/zip"

    def _markup(self, head: bytes) -> str:
        """What a browser would take for a page, or run as one, whatever else it might be."""
        begins = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\f\0")[:4096].replace(b"\0", b"")
        begins = re.sub(rb"^(?:<!--.*?-->\s*)+", b"", begins, flags=re.DOTALL)
        if begins.startswith(b"#!"):
            return "text/x-script"
        if not begins.startswith(b"<"):
            return ""
        if begins.lower().startswith((b"<?xml", b"<svg", b"<!doctype svg")) or _VECTOR.match(begins):
            if _VECTOR.search(begins):
                return "image/svg+xml"
            return "application/xhtml+xml" if _WEB.search(begins) else "application/xml"
        return "text/html" if _MARKUP.match(begins) else ""

    def _signature(self, head: bytes) -> str:
        """The best match of the table of signatures; a text that begins by chance like something short is a text."""
        try:
            found = puremagic.magic_string(head if len(head) < HEAD else head + self._foot)
        except (puremagic.PureError, ValueError):
            found = []
        named = [one for one in found if one.mime_type]
        if named and (named[0].confidence >= SURE or not self._text.is_text()):
            return usual(named[0].mime_type)
        return TEXT if self._text.is_text() else UNKNOWN


class _TextSoFar:
    """Whether everything so far could be text, as UTF-8, UTF-16 or GB 18030."""

    def __init__(self) -> None:
        self._decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")}
        self._begun = False

    def feed(self, piece: bytes) -> None:
        if not self._begun and piece.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._decoders = {"utf-16": codecs.getincrementaldecoder("utf-16")()}
        self._begun = True
        for name, decoder in list(self._decoders.items()):
            try:
                if _CONTROLS.search(decoder.decode(piece)):
                    del self._decoders[name]
            except UnicodeDecodeError:
                del self._decoders[name]

    def is_text(self) -> bool:
        """Whether some reading of it has no character that texts do not have."""
        for decoder in self._decoders.values():
            try:
                decoder.decode(b"", final=True)
                return True
            except UnicodeDecodeError:
                continue
        return False


def usual(media_type: str) -> str:
    """The usual name of a type, without parameters; empty for what is none."""
    plain = media_type.partition(";")[0].strip().lower()
    if not re.fullmatch("[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,120}", plain):
        return ""
    return OTHER_NAMES.get(plain, plain)


def claimed(media_type: str, name: str) -> str:
    """What a sender says that a file is, or else its name; empty when neither says anything."""
    said = usual(media_type)
    if said and said != UNKNOWN:
        return said
    return usual(mimetypes.guess_type(name)[0] or "")


def differs(claim: str, found: str) -> bool:
    """Whether a claim is another than what was found. A text shows nothing of what it is a text of."""
    if not claim or claim == found:
        return False
    of_text = claim.startswith("text/") or claim in ("application/json", "application/x-sql", "message/rfc822")
    return not (of_text and found == TEXT)
