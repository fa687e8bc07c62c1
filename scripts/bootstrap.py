"""Makes the private virtual environment .venv from the lock file; does nothing when it is already as it should be.

An interrupted set-up leaves no `.venv/complete` behind, so the next run starts from nothing;
a changed lock file updates what is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
COMPLETE = VENV / "complete"
LOCK = ROOT / "requirements-dev.lock"
INSTALLER = ROOT / "requirements-uv.lock"
MADE_FROM = (LOCK, INSTALLER, ROOT / "pyproject.toml", Path(__file__))

HELD = ("--require-hashes", "--only-binary", ":all:", "--requirement")
"""Nothing is installed that a lock file does not name with its hash, and nothing is built."""


def main() -> int:
    """Bring .venv up to date, one process at a time."""
    with (ROOT / ".venv.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        wanted = fingerprint()
        if COMPLETE.exists() and COMPLETE.read_text() == wanted:
            return 0
        started = time.monotonic()
        try:
            pip = prepare()
            print("Setting up .venv (once; it downloads about 400 MB) …", flush=True)
            install(pip)
        except subprocess.CalledProcessError as error:
            print(
                f"Setting up .venv failed: {' '.join(map(str, error.cmd))}\nRun make again to go on.", file=sys.stderr
            )
            return 1
        COMPLETE.write_text(wanted)
        print(f"Set up .venv in {time.monotonic() - started:.0f} s.", flush=True)
        return 0


def fingerprint() -> str:
    """What the environment is made from; another fingerprint means it must be brought up to date."""
    digest = hashlib.sha256(str(ROOT).encode())  # the scripts in .venv/bin hold this path: a moved folder starts again
    for path in MADE_FROM:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare() -> list[str | Path]:
    """An environment with nothing half-done in it, and the command of a pip that installs into it."""
    python = VENV / "bin" / "python"
    if COMPLETE.exists():
        COMPLETE.unlink()
        if works(python, "-m", "pip", "--version"):
            return [python, "-m", "pip"]
    shutil.rmtree(VENV, ignore_errors=True)
    if works(sys.executable, "-c", "import venv, ensurepip; ensurepip.version()"):
        run(sys.executable, "-m", "venv", VENV)
        return [python, "-m", "pip"]
    # Debian's python3 has neither ensurepip nor, sometimes, pip: look for anything else that can do the work.
    if uv := shutil.which("uv"):
        run(uv, "venv", "--quiet", "--seed", "--python", sys.executable, VENV)
        return [python, "-m", "pip"]
    if works(sys.executable, "-m", "virtualenv", "--version"):
        run(sys.executable, "-m", "virtualenv", "--quiet", VENV)
        return [python, "-m", "pip"]
    if works(sys.executable, "-m", "pip", "--python", sys.executable, "--version") and works(
        sys.executable, "-c", "import venv"
    ):
        run(sys.executable, "-m", "venv", "--without-pip", VENV)
        return [sys.executable, "-m", "pip", "--python", python]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    sys.exit(
        f"{sys.executable} cannot make virtual environments: run `apt-get install python{version}-venv` as root "
        "(or set PYTHON to another Python), then make again."
    )


def install(pip: list[str | Path]) -> None:
    """Exactly what the lock names, each file held against its hash; then this project itself, without any network."""
    quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
    uv = VENV / "bin" / "uv"
    try:  # uv takes seconds for what takes pip minutes
        run(*pip, "install", *quiet, *HELD, INSTALLER)
        run(uv, "pip", "install", "--quiet", "--python", VENV / "bin" / "python", *HELD, LOCK, **index_of(pip))
    except (OSError, subprocess.CalledProcessError):
        print("uv cannot do it here; pip does the same, which takes a few minutes …", flush=True)
        run(*pip, "install", *quiet, *HELD, LOCK)
    run(*pip, "install", *quiet, "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT)


def index_of(pip: list[str | Path]) -> dict[str, str]:
    """Where pip was told to look for packages, for uv, which does not read pip's settings."""
    told = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    index = re.search(r"^\S+\.index-url='(.+)'$", told, re.MULTILINE)  # what the environment says comes first
    return {"UV_DEFAULT_INDEX": index[1]} if index and "UV_DEFAULT_INDEX" not in os.environ else {}


def run(*command: str | Path, **more: str) -> None:
    """Run one step, with more in its environment; the build backend is found through PATH."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env={**os.environ, "PATH": path, **more})


def works(*command: str | Path) -> bool:
    """Whether this command can be run at all."""
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
