"""A real time stamp authority for tests: `openssl ts` behind a small HTTP server, with certificates of its own."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it answers, and the certificate that vouches for it."""

    url: str
    root: Path
    asked: int = 0
    answer: bytes | None = None
    """Given instead of a stamp."""
    status: int = 200


def make_certificates(folder: Path) -> None:
    """A root, and a certificate for time stamps that it has signed."""
    now = dt.datetime.now(dt.UTC)
    keys = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("root", "tsa")}
    names = {name: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example")]) for name in keys}
    for name, key in keys.items():
        certificate = (
            x509.CertificateBuilder()
            .subject_name(names[name])
            .issuer_name(names["root"])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=name == "root", path_length=None), critical=True)
        )
        if name == "tsa":
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            certificate = certificate.add_extension(usage, critical=True)
        signed = certificate.sign(keys["root"], hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{name}.key").write_bytes(key.private_bytes(*form))


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """It runs in this process until the end of the block."""
    folder.mkdir()
    make_certificates(folder)
    (folder / "serial").write_text("01\n")
    (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            here.asked += 1
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            files = ("-config", str(folder / "openssl.cnf"), "-queryfile", str(folder / "query"))
            command = ["openssl", "ts", "-reply", *files]
            done = subprocess.run(command, capture_output=True, check=False)
            self.send_response(here.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(done.stdout if here.answer is None else here.answer)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    here = Authority(f"http://127.0.0.1:{server.server_port}/tsr", folder / "root.pem")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
