"""What we promise: policy sheets as TOML, and the loader that checks them."""

from policies.loader import SheetError, load, read_sheet

__all__ = ["SheetError", "load", "read_sheet"]
