#!/bin/sh
# Resolves the dependencies into the two lock files: every file with its hash, for every Python from 3.11, without naming any registry.
set -eu
cd "$(dirname "$0")/.."
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --custom-compile-command "make lock" "$@" pyproject.toml
}
compile "$@" --output-file requirements.lock
compile "$@" --group dev --all-extras --output-file requirements-dev.lock
