"""Sealers that do not know of each other: `python -m tests.seal.competitor URL FOLDER LIMIT [careless]`.

For each line on standard input this process, which has loaded everything, makes one more and prints its number. So a
sealer that was killed is replaced at once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import psycopg

from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.seal.notary import Memory, Notary
from ledger.seal.note import Signer
from ledger.seal.sealer import Sealer

ORIGIN, SEED = "casefold.example/test", b"\7" * 32


class Careless(Sealer):
    """A sealer that neither locks the head nor looks whether it is still where it was."""

    LOCK_HEAD = Sealer.LOCK_HEAD.replace("FOR UPDATE", "")
    MOVE_HEAD = Sealer.MOVE_HEAD.replace("AND size = %(old)s", "")


def compete(url: str, path: Path, limit: int, kind: type[Sealer]) -> None:
    """Seal and sign for ever, without asking who else does; whatever comes in between, try again."""
    random.seed()
    signer = Signer.of_seed(ORIGIN, SEED)
    notary = Notary(signer, Memory(path / "sealer" / "last.json"), Folder(path / "seals"))
    sealer = kind(ORIGIN, limit=limit)
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            try:
                if random.random() < 0.7:
                    sealer.seal(connection)
                notary.sign(connection)
            except (psycopg.OperationalError, psycopg.IntegrityError):
                continue
            time.sleep(random.uniform(0, 0.003))


def main() -> None:
    """Make sealers when asked to; all end with this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    url, path, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    kind = Careless if sys.argv[4:] == ["careless"] else Sealer
    made = []
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                compete(url, path, limit, kind)
            except SealRefused as error:
                (path / "gave up").write_text(str(error))
            os._exit(1)
        made.append(child)
        print(child, flush=True)
    for child in made:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
