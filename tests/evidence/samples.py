"""The beginnings, and where it matters the whole, of files of many kinds, made here."""

from __future__ import annotations

import io
import zipfile

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)


def archive(*names: str, first: bytes = b"") -> bytes:
    """A ZIP with files of these names; ``first`` is what an OpenDocument file says of itself."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        if first:
            packed.writestr("mimetype", first)
        for name in names:
            packed.writestr(name, bytes(300))
    return made.getvalue()


def compound(stream: str) -> bytes:
    """A file of the old office programs with a stream of this name far from its beginning."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(200_184) + stream.encode("utf-16-le") + bytes(100_000)


KINDS: dict[str, tuple[bytes, str]] = {
    "png": (PNG, "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01" + bytes(50) + b"\xff\xd9", "image/jpeg"),
    "jpeg of a camera": (b"\xff\xd8\xff\xe1\0\x10Exif\0\0MM" + bytes(50) + b"\xff\xd9", "image/jpeg"),
    "gif": (b"GIF89a" + bytes(30), "image/gif"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(30), "image/webp"),
    "bmp": (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" + bytes(30), "image/bmp"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(30), "image/heic"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\n%%EOF\n", "application/pdf"),
    "mp4": (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(30), "video/mp4"),
    "mov": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(30), "video/quicktime"),
    "3gp": (b"\0\0\0\x18ftyp3gp4\0\0\0\0isom3gp4" + bytes(30), "video/3gpp"),
    "webm": (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm" + bytes(30), "video/webm"),
    "m4a": (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(30), "audio/mp4"),
    "mp3": (b"ID3\x03\0\0\0\0" + bytes(30) + b"\xff\xfb\x90\x64", "audio/mpeg"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "audio/wav"),
    "amr": (b"#!AMR\n" + bytes(30), "audio/amr"),
    "docx": (
        archive("[Content_Types].xml", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "xlsx": (
        archive("[Content_Types].xml", *(f"customXml/{n}" for n in range(400)), "xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "xlsm": (archive("xl/workbook.xml", "xl/vbaProject.bin"), "application/vnd.ms-office.macro-enabled"),
    "odt": (
        archive("content.xml", first=b"application/vnd.oasis.opendocument.text"),
        "application/vnd.oasis.opendocument.text",
    ),
    "zip": (archive("a.txt"), "application/zip"),
    "jar": (archive("META-INF/MANIFEST.MF", "a.class"), "application/java-archive"),
    "apk": (
        archive("AndroidManifest.xml", "META-INF/MANIFEST.MF", "classes.dex"),
        "application/vnd.android.package-archive",
    ),
    "doc": (compound("WordDocument"), "application/msword"),
    "msi": (compound("!Property"), "application/x-ole-storage"),
    "exe": (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(100), "application/vnd.microsoft.portable-executable"),
    "elf": (b"\x7fELF\x02\x01\x01\0" + bytes(30), "application/x-elf"),
    "script": (b"\xef\xbb\xbf#!/bin/sh\necho hello\n", "text/x-script"),
    "page": (b"\n <!-- hello --> <HTML><script>alert(1)</script>", "text/html"),
    "page in UTF-16": ("\ufeff<script>alert(1)</script>".encode("utf-16-le"), "text/html"),
    "drawing": (
        b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        "image/svg+xml",
    ),
    "xml": (b'<?xml version="1.0"?><a/>', "application/xml"),
    "mail": (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nhello", "message/rfc822"),
    "chat": ("2026-11-22 10:00 张三：灯坏了\n".encode() * 9000, "text/plain"),
    "chat in GB 18030": ("张三：灯坏了，怎么办？\n".encode("gb18030") * 9000, "text/plain"),
    "text that begins like a picture": (b"BMW is not what I ordered.\n", "text/plain"),
    "table": (b"when,what\n2026-11-22,broken\n", "text/plain"),
    "nothing known": (bytes(range(256)), "application/octet-stream"),
}
"""Name → content and what it is."""
