"""Runs coroutines for tests that are not coroutines themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in a thread of its own: in this one a loop may be running for the session's fixtures."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, work).result()
