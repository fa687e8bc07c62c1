"""Tiles: named as C2SP names them, enough for every proof, and never changed once they are published."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import Folder
from ledger.seal.merkle import consistency, consistent, included, inclusion, leaf_hash, root_of
from ledger.seal.tiles import Tiles, grow, tile_path

SIZES = (1, 2, 255, 256, 257, 511, 512, 700, 1024, 3000)
LEAVES = [leaf_hash(number.to_bytes(4)) for number in range(SIZES[-1])]


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 1234067, 256, "tile/0/x001/x234/067"),
        (0, 0, 256, "tile/0/000"),
        (1, 999, 17, "tile/1/999.p/17"),
        (2, 1000, 1, "tile/2/x001/000.p/1"),
    ],
)
def test_tiles_lie_where_others_look_for_them(level: int, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path


def published(path: Path, *sizes: int) -> Folder:
    """A folder in which trees of these sizes were published one after the other."""
    folder, old = Folder(path), 0
    for size in sizes:
        grow(folder, old, size, lambda start, end: LEAVES[start:end])
        old = size
    return folder


@pytest.mark.requirement("L-03")
def test_every_published_size_can_be_proved_from_tiles_alone(tmp_path: Path) -> None:
    folder = published(tmp_path, *SIZES)
    chance = random.Random(1)
    for size in SIZES:
        tiles = Tiles(folder.read, size)
        root = root_of(LEAVES[:size])
        assert tiles.root == root
        for index in {0, size - 1, *(chance.randrange(size) for _ in range(20))}:
            assert included(LEAVES[index], index, size, inclusion(tiles.node, index, size), root)
        for old in SIZES:
            if old <= size:
                proof = consistency(tiles.node, old, size)
                assert consistent(old, size, root_of(LEAVES[:old]), root, proof)


def test_steps_of_any_size_end_in_the_same_tiles(tmp_path: Path) -> None:
    at_once, in_steps = published(tmp_path / "a", SIZES[-1]), published(tmp_path / "b", *SIZES)

    def files(folder: Folder) -> dict[str, bytes]:
        paths = (path for path in folder.path.rglob("*") if path.is_file())
        return {str(path.relative_to(folder.path)): path.read_bytes() for path in paths}

    one, other = files(at_once), files(in_steps)
    assert {name: other[name] for name in one} == one
    assert all(".p/" in name for name in other.keys() - one.keys()), "besides there are only beginnings"


def test_what_is_published_is_never_changed(tmp_path: Path) -> None:
    folder = published(tmp_path, 300)
    grow(folder, 300, 300, lambda start, end: LEAVES[start:end])
    with pytest.raises(SealRefused, match="says something else"):
        grow(folder, 0, 300, lambda start, end: LEAVES[start + 1 : end + 1])
    with pytest.raises(SealRefused, match="are gone"):
        grow(folder, 300, 400, lambda start, end: LEAVES[start : end - 1])


def test_tiles_that_are_missing_or_torn_are_named(tmp_path: Path) -> None:
    folder = published(tmp_path, 300)
    with pytest.raises(NoSeals, match=r"tile/0/001\.p/45 is missing"):
        Tiles(folder.read, 301).tile(0, 1)
    with pytest.raises(NoSeals, match="has no"):
        Tiles(folder.read, 300).tile(0, 2)
    (tmp_path / "tile" / "0" / "000").write_bytes(b"x" * 100)
    with pytest.raises(NoSeals, match=r"tile/0/000 is too short"):
        Tiles(folder.read, 300).node(0, 5)
