"""Private keys of a log or a witness: one line in a file that nobody else may read, made once."""

from __future__ import annotations

import base64
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from ledger.seal.errors import NoSeals
from ledger.seal.note import COSIGNATURE, ED25519, NAME, Signer, unbase64

PREFIX = "PRIVATE+KEY+"


def read_key(path: Path) -> Signer:
    """The key of a file: ``PRIVATE+KEY+name+key id+base64(kind ‖ seed)``. Raises NoSeals, FileNotFoundError."""
    text = path.read_text(encoding="utf-8").strip()
    name, _, rest = text.removeprefix(PREFIX).partition("+")
    ident, _, key = rest.partition("+")
    raw = unbase64(key)
    if not text.startswith(PREFIX) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
        raise NoSeals(f"{path} holds no private key of ours.")
    signer = Signer.of_seed(name, raw[1:], raw[0])
    if signer.verifier.id.hex() != ident:
        raise NoSeals(f"{path} is damaged: its key id does not belong to its key.")
    return signer


def make_key(path: Path, name: str, kind: int = ED25519) -> Signer:
    """The key of a file that is made now if it is not there; two who make it at once get the same one."""
    if not path.exists():
        if not NAME.fullmatch(name):
            raise NoSeals(f"{name!r} cannot be the name of a key: no spaces and no + in it.")
        signer = Signer.of_seed(name, seed := os.urandom(32), kind)
        line = f"{PREFIX}{name}+{signer.verifier.id.hex()}+{base64.b64encode(bytes([kind]) + seed).decode()}\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600 from the first moment
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return read_key(path)
