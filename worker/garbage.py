"""Python's garbage collector: what was there at the start stays for good, and need not be looked through again."""

from __future__ import annotations

import gc


def settle_down() -> None:
    """Call it once everything is imported and put together.

    A full collection goes through every object that there is, and everybody waits meanwhile: with the libraries of the
    server or the worker a quarter of a second, in the middle of somebody's page.
    """
    gc.collect()
    gc.freeze()
