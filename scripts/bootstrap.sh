#!/bin/sh
# Chooses a Python (3.11 or newer) and lets scripts/bootstrap.py make the virtual environment .venv with it.
# PYTHON=/path/to/python overrides the choice.
set -eu
cd "$(dirname "$0")/.."

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_pip() { "$1" -c 'import venv, ensurepip; ensurepip.version()' >/dev/null 2>&1; }

if [ -n "${PYTHON:-}" ]; then
    suits "$PYTHON" || { echo "PYTHON=$PYTHON is not a Python 3.11 or newer." >&2; exit 1; }
    exec "$PYTHON" scripts/bootstrap.py
fi

# A finished environment answers for itself: no need to look around again.
if [ -e .venv/complete ] && suits .venv/bin/python; then
    exec .venv/bin/python scripts/bootstrap.py
fi

# python3 first, then the newest; one that brings its own pip before one that does not.
chosen=
for name in python3 python3.19 python3.18 python3.17 python3.16 python3.15 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    suits "$name" || continue
    [ -n "$chosen" ] || chosen=$name
    if has_pip "$name"; then chosen=$name; break; fi
done
if [ -z "$chosen" ] && command -v uv >/dev/null 2>&1; then
    chosen=$(uv python find '>=3.11' 2>/dev/null || true)
fi
if [ -z "$chosen" ]; then
    echo "Casefold needs Python 3.11 or newer and found none: install one and run make PYTHON=/path/to/python3.11 again." >&2
    exit 1
fi
exec "$chosen" scripts/bootstrap.py
