"""The connection goes to the address that was looked at, and still has to show the certificate of the name."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from activities import deliver
from activities.deliver import Parcel, post
from ledger.webhooks.addresses import Target
from worker.options import Options

PARCEL = Parcel("msg_1", "", b"{}", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


def certificate(name: str, folder: Path) -> Path:
    """A certificate for this name that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@contextmanager
def listening(file: Path, hosts: list[str]) -> Iterator[int]:
    """A server with this certificate; it notes as which host it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.mark.parametrize(("named", "error"), [("hooks.example", ""), ("other.example", "tls_failed")])
async def test_the_certificate_is_that_of_the_name_whatever_the_address(
    named: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate("hooks.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    monkeypatch.setattr(deliver, "_certificates", deliver._certificates.__wrapped__)
    hosts: list[str] = []
    with listening(file, hosts) as port:
        target = Target(f"https://{named}:{port}/hook", "https", named, port, ("127.0.0.1",))
        outcome = await post(PARCEL, target, 5)
    assert (outcome.error, outcome.arrived) == (error, not error)
    assert hosts == ([] if error else [f"{named}:{port}"])


def test_what_the_settings_say_when_nothing_is_said_is_how_webhooks_are_sent() -> None:
    assert Options().webhook_schedule == deliver.SCHEDULE
    assert Options().webhook_timeout == deliver.TIMEOUT
    assert timedelta(days=3) < timedelta(seconds=sum(deliver.SCHEDULE)) < timedelta(days=3, hours=6)
