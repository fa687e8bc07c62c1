"""The wheel holds every package and every data file: flat names can be forgotten or collide, data can be left out."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: list[str] = PROJECT["tool"]["uv"]["build-backend"]["module-name"]
DATA = ("*.toml", "*.sql", "*.po", "*.mo", "*.json", "*.txt", "*.jinja", "*.typ", "*.css", "py.typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network by the backend that the lock names."""
    folder = tmp_path_factory.mktemp("dist")
    scripts = sysconfig.get_path("scripts")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True, env=environment)
    (built,) = folder.glob("casefold-*.whl")
    return built


def test_the_wheel_holds_every_data_file_of_the_packages(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(file.relative_to(ROOT)) for package in PACKAGES for kind in DATA for file in (ROOT / package).rglob(kind)
    }
    assert any(name.startswith("policies/") and name.endswith(".toml") for name in wanted)
    assert any(name.startswith("ledger/migrations/") and name.endswith(".sql") for name in wanted)
    assert not wanted - inside


def test_the_wheel_holds_nothing_else_of_the_repository(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_installed_from_the_wheel_every_package_can_be_imported_and_the_program_starts(
    wheel: Path, tmp_path: Path
) -> None:
    """The libraries are those of this environment; the project's own code comes from the wheel alone."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True)
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.endswith(".py")
    }
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": sysconfig.get_path("purelib")}
    program = f"""
import importlib, pathlib
for name in {sorted(modules)!r}:
    module = importlib.import_module(name)
    assert {str(tmp_path)!r} in str(pathlib.Path(module.__file__).absolute()), module.__file__
"""
    subprocess.run([python, "-c", program], check=True, cwd=tmp_path, env=environment)
    started = subprocess.run(
        [tmp_path / "venv" / "bin" / "casefold", "--help"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert started.returncode == 0, started.stderr
    assert "doctor" in started.stdout


def test_the_lock_files_name_hashes_and_no_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        blocks = text.replace("\\\n", " ").splitlines()
        pinned = [line for line in blocks if line and not line.startswith("#")]
        assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def test_the_lock_files_satisfy_the_project() -> None:
    """Every dependency of pyproject.toml is pinned; `make lock` puts right what is missing."""
    from packaging.requirements import Requirement

    def pinned(lock: str) -> dict[str, str]:
        lines = (ROOT / lock).read_text().splitlines()
        pairs = [line.split()[0].split("==") for line in lines if "==" in line and not line.startswith((" ", "#"))]
        return {name.partition("[")[0]: version for name, version in pairs}

    wanted = {
        "requirements.lock": PROJECT["project"]["dependencies"],
        "requirements-dev.lock": PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
    }
    for lock, requirements in wanted.items():
        versions = pinned(lock)
        for requirement in map(Requirement, requirements):
            name = requirement.name.replace("_", "-").lower()
            assert name in versions, f"{requirement} is missing in {lock}: run make lock"
            assert requirement.specifier.contains(versions[name]), f"{lock} has {name} {versions[name]}: run make lock"
