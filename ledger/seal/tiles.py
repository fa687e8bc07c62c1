"""The tree as tiles of 256 hashes (C2SP tlog-tiles): from a few small files any proof can be made, by anybody.

Tiles of level 0 hold the leaves, tiles of level n the roots of full tiles of level n - 1. A tile that is not full yet
has its width in its name, and may go once the full one stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import Folder, Read
from ledger.seal.merkle import EMPTY, Node, paired, root_of_full, subtree

WIDTH = 256
HASH = 32
KEPT = 64
"""Tiles that a reader keeps in memory."""

Leaves = Callable[[int, int], Sequence[bytes]]
"""(start, end) → the leaf hashes from start up to, not including, end."""


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile lies: tile/0/x001/x234/067, or with its width tile/0/x001/x234/067.p/16."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(parts))}{'' if width == WIDTH else f'.p/{width}'}"


def split(tile: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [tile[start : start + HASH] for start in range(0, len(tile), HASH)]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Tiles:
    """The published tree of one size, read as it is needed. Raises NoSeals for a tile that is missing or torn."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._read = read
        self._levels = lru_cache(KEPT)(self._levels_of)
        self.tile_of_leaves = lru_cache(KEPT)(partial(self.tile, 0))
        """The bytes of a tile of level 0, by its index."""

    def tile(self, level: int, index: int) -> bytes:
        """The bytes of a tile, as wide as it is in a tree of this size."""
        complete = self.size >> (8 * level)
        width = min(WIDTH, complete - index * WIDTH)
        if width <= 0:
            raise NoSeals(f"A tree of {self.size} leaves has no {tile_path(level, index)}.")
        found = self._read(tile_path(level, index, width))
        if found is None and width < WIDTH:
            found = self._read(tile_path(level, index))
        if found is None or len(found) < width * HASH:
            state = "missing" if found is None else "too short"
            raise NoSeals(f"{tile_path(level, index, width)} is {state} where checkpoints are published.")
        return found[: width * HASH]

    def node(self, level: int, index: int) -> bytes:
        """The root of a complete subtree (see `merkle.Node`)."""
        tile, height = divmod(level, 8)
        start = index << height
        return self._levels(tile, start // WIDTH)[height][(start % WIDTH) >> height]

    @property
    def root(self) -> bytes:
        """The root that these tiles lead to."""
        return subtree(self.node, 0, self.size) if self.size else EMPTY

    def _levels_of(self, tile: int, index: int) -> list[list[bytes]]:
        levels = [split(self.tile(tile, index))]
        while len(levels[-1]) > 1:
            levels.append(paired(levels[-1]))
        return levels


def node_of(read: Read, size: int) -> Node:
    """The nodes of the published tree of this size."""
    return Tiles(read, size).node


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def grow(folder: Folder, old: int, size: int, leaves: Leaves) -> None:
    """Publish the tiles that a tree of ``size`` leaves has and the one of ``old`` leaves had not."""
    level, before, after = 0, old, size
    first = before // WIDTH
    hashes = list(leaves(first * WIDTH, after))
    if len(hashes) != after - first * WIDTH:
        raise SealRefused(f"Leaves are missing between {first * WIDTH} and {after}: they were sealed and are gone.")
    while hashes:
        roots = []
        tiles = {}
        for start in range(0, len(hashes), WIDTH):
            part, index = hashes[start : start + WIDTH], first + start // WIDTH
            tiles[tile_path(level, index, len(part))] = b"".join(part)
            if len(part) == WIDTH:
                roots.append(root_of_full(part))
        folder.write(tiles)
        for index in range(first, first + len(roots)):
            _drop_partial(folder, level, index)
        level, before, after = level + 1, before // WIDTH, after // WIDTH
        first = before // WIDTH
        known = split(Tiles(folder.read, old).tile(level, first)) if before % WIDTH and roots else []
        hashes = known + roots if roots else []


def _drop_partial(folder: Folder, level: int, index: int) -> None:
    """What a full tile begins with need not be kept a second time."""
    place = f"{tile_path(level, index)}.p"
    for width in folder.names(place):
        folder.remove(f"{place}/{width}")
