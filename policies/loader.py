"""Reads packs: the shipped ones by name, an organisation's own from its folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from domain.policy import Sheet
from policies.errors import SheetError, not_known
from policies.pack import Pack, PackFolder, limits_mistakes
from policies.reader import PACK_FILE, PACKS, SheetFile, is_shared

DEFAULT = "general"


def names() -> list[str]:
    """The names of the shipped packs."""
    return [path.parent.name for path in sorted(PACKS.glob(f"*/{PACK_FILE}"))]


@cache
def load(pack: str | Path = DEFAULT) -> Mapping[str, Sheet]:
    """The sheets of a pack by their kind. Raises SheetError at the first mistake."""
    return _folder(pack).checked().sheets


@cache
def packs() -> tuple[Pack, ...]:
    """The shipped packs. Raises SheetError at the first mistake."""
    return tuple(PackFolder(PACKS / name).pack() for name in names())


def check(path: Path) -> list[SheetError]:
    """All mistakes of a sheet file, or of a pack by its folder or one of its shared files."""
    try:
        if path.is_dir():
            return PackFolder(path).mistakes
        if path.name == PACK_FILE:
            return PackFolder(path.parent).mistakes
        if is_shared(path):
            return list(limits_mistakes(path))
        return SheetFile(path).mistakes
    except SheetError as error:  # not even TOML: nothing else can be said
        return [error]


def _folder(pack: str | Path) -> PackFolder:
    if isinstance(pack, Path):
        return PackFolder(pack)
    if pack not in names():
        raise SheetError(PACKS, 1, not_known(pack, "a pack", names()))
    return PackFolder(PACKS / pack)
