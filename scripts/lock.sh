#!/bin/sh
# Resolves the dependencies into the lock files: every file with its hash, for every Python from 3.11, without naming any registry.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command "make lock" "$@"
}
compile "$@" pyproject.toml --output-file requirements.lock
compile "$@" --group dev --all-extras pyproject.toml --output-file requirements-dev.lock
# uv itself, which sets up .venv (scripts/bootstrap.py)
echo 'uv>=0.13,<0.14' | compile "$@" - --output-file requirements-uv.lock
