"""Time stamps of a third party (RFC 3161) on checkpoints: asked for, looked at when they come, verified by auditors.

A stamp lies beside the checkpoint in the published folder, ``tsr/<size>.tsr``: the authority's whole answer, over the
very bytes of ``checkpoints/<size>``. It needs the extra `tsa`.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.findings import Check, Fault, Report, Verdict
from ledger.seal.folder import Folder

FOLDER = "tsr"
GRANTED = 0


def stamp_file(size: int) -> str:
    """Where the stamp of a checkpoint lies."""
    return f"{FOLDER}/{size}.tsr"


def stamped(folder: Folder) -> list[int]:
    """The sizes whose checkpoints are stamped, in order."""
    names = [name.removesuffix(".tsr") for name in folder.names(FOLDER) if name.endswith(".tsr")]
    return sorted(int(name) for name in names if name.isdecimal())


def library() -> Any:
    """The library that knows the protocol. Raises SealRefused when it is not installed."""
    try:
        return importlib.import_module("rfc3161_client")
    except ImportError as error:
        raise SealRefused("Time stamps need the extra `tsa`: pip install 'casefold[tsa]'.") from error


def request_for(content: bytes) -> Any:
    """What to ask the authority for these bytes."""
    known = library()
    return known.TimestampRequestBuilder().data(content).hash_algorithm(known.HashAlgorithm.SHA256).build()


def answer_to(request: Any, answer: bytes) -> datetime:
    """When the authority says that it saw what was asked. Raises SealRefused for any other answer.

    Its signature is not looked at here: whom to trust is the auditor's choice.
    """
    try:
        found = library().decode_timestamp_response(answer)
        info = found.tst_info if found.status == GRANTED else None
    except (ValueError, TypeError) as error:
        raise SealRefused("The authority's answer is no time stamp.") from error
    if info is None:
        raise SealRefused(
            f"The authority refuses: status {found.status}, {', '.join(found.status_string) or 'no reason'}."
        )
    same = info.message_imprint.message == request.message_imprint.message
    if not same or info.nonce != request.nonce:
        raise SealRefused("The authority has stamped something else than it was asked to.")
    return _utc(info.gen_time)


def time_of(answer: bytes) -> datetime | None:
    """When a stamp that lies there says it was made; None when it cannot be read."""
    try:
        return _utc(library().decode_timestamp_response(answer).tst_info.gen_time)
    except (ValueError, TypeError):
        return None


def certificates_in(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a file. Raises NoSeals."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise NoSeals("There are no certificates in PEM form in it.") from error


def check_stamps(report: Report, folder: Folder, certificates: Sequence[x509.Certificate], size: int) -> None:
    """Every stamp is one on its checkpoint, by somebody whom these certificates vouch for, and there is one."""
    check = Check("time stamps")
    report.checks.append(check)
    newest = None
    for at in stamped(folder):
        name = stamp_file(at)
        content, answer = folder.read(f"checkpoints/{at}"), folder.read(name) or b""
        if content is None:
            check.fault(Fault(Verdict.MISSING, detail=f"{name} stamps a checkpoint that is not there"))
        elif wrong := _wrong(content, answer, certificates):
            check.fault(Fault(Verdict.BAD_SIGNATURE, detail=f"{name}: {wrong}"))
        else:
            newest = at, time_of(answer)
    if newest is None and check.well:
        check.fault(Fault(Verdict.MISSING, detail="no checkpoint is stamped"))
    elif newest is not None:
        check.found = f"{len(stamped(folder))}, the newest on {newest[0]} of {size} entries, at {newest[1]}"


def _wrong(content: bytes, answer: bytes, certificates: Sequence[x509.Certificate]) -> str:
    """Why this is no good stamp on these bytes; empty when it is."""
    known = library()
    roots = [one for one in certificates if one.issuer == one.subject] or list(certificates)
    others = [one for one in certificates if one not in roots]
    verifier = known.VerifierBuilder(roots=roots, intermediates=others).build()
    try:
        verifier.verify_message(known.decode_timestamp_response(answer), content)
    except (known.VerificationError, ValueError, TypeError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
