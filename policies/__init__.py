"""What we promise: packs of policy sheets as TOML, and the reader that checks them."""

from policies.errors import SheetError
from policies.loader import check, load, packs
from policies.pack import Pack
from policies.reader import read_sheet
from policies.rows import Row

__all__ = ["Pack", "Row", "SheetError", "check", "load", "packs", "read_sheet"]
