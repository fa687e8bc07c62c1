"""Casefold over HTTP, for programs in Python: ``from client import Casefold``."""

from client.casefold import Casefold
from client.problems import (
    CasefoldError,
    Conflict,
    NotAllowed,
    NotFound,
    Problem,
    Refused,
    Unavailable,
    WronglyAsked,
)
from client.transport import Download, Upload

__all__ = [
    "Casefold",
    "CasefoldError",
    "Conflict",
    "Download",
    "NotAllowed",
    "NotFound",
    "Problem",
    "Refused",
    "Unavailable",
    "Upload",
    "WronglyAsked",
]
