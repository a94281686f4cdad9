#!/bin/sh
# Brings uv into .tools and the project with everything it needs into .venv. Does nothing when nothing has changed.
# Usage: sh scripts/set-up.sh [PYTHON]      (called by make, in the project's folder)
set -eu

wanted=${1:-}
requirements=scripts/uv-requirements.txt
stamp=.venv/.set-up

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The folder is part of it: a virtual environment that was copied or moved points to where it was.
state="$(cat uv.lock pyproject.toml "$requirements" scripts/set-up.sh | cksum) $wanted $(pwd)"
if [ -x .venv/bin/styrkedjan ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then
    exit 0
fi

# usable PYTHON LOWEST BELOW: it runs, and LOWEST <= its minor version < BELOW.
usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c "import sys; sys.exit(not (3, $2) <= sys.version_info[:2] < (3, $3))" >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# find BELOW: the first Python with venv; without one, the first Python at all is left in $bare.
find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        usable "$candidate" 11 "$1" || continue
        if has_venv "$candidate"; then
            python=$candidate
            return 0
        fi
        bare=${bare:-$candidate}
    done
    return 1
}

python=
bare=
if [ -n "$wanted" ]; then
    usable "$wanted" 11 99 || fail "PYTHON=$wanted is no Python >= 3.11."
    if has_venv "$wanted"; then python=$wanted; else bare=$wanted; fi
else
    # 3.11-3.14 have ready-made packages; a later one may have to build some.
    find_python 15 || find_python 99 || true
fi
if [ -z "$python" ]; then
    [ -n "$bare" ] || fail "Python >= 3.11 is needed: install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), or say which: make PYTHON=/path/to/python3"
    version=$("$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    fail "$bare lacks venv or pip: install them (Debian, Ubuntu: apt install python$version-venv; Fedora: dnf install python3-pip), or say which Python to use: make PYTHON=/path/to/python3"
fi

# A home that can't be written to (some containers) has no room for uv's cache.
if [ -z "${UV_CACHE_DIR:-}${XDG_CACHE_HOME:-}" ] && ! [ -w "${HOME:-/nonexistent}" ]; then
    UV_CACHE_DIR=$(pwd)/.tools/cache
    export UV_CACHE_DIR
fi

pinned=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$requirements")
if [ "$(.tools/bin/uv --version 2>/dev/null | cut -d ' ' -f 2)" != "$pinned" ]; then
    printf 'Installing uv %s into .tools ...\n' "$pinned"
    rm -rf .tools
    "$python" -m venv .tools
    .tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        -r "$requirements"
fi

printf 'Installing the project into .venv ...\n'
rm -f "$stamp"
quiet=--quiet
if [ -t 2 ]; then quiet=; fi # a progress bar, for somebody who looks on
found=$("$python" -c 'import sys; print(sys.executable)')
sync() {
    # Only a Python that is there already: make promises to fetch nothing but packages.
    UV_PROJECT_ENVIRONMENT=.venv .tools/bin/uv sync --frozen $quiet --compile-bytecode \
        --python "$found" --no-python-downloads "$@"
}
if ! sync; then
    # uv trusts its own list of authorities; behind a company's proxy only the machine's list knows the right one.
    printf 'Trying again with the certificates of this machine ...\n'
    sync --system-certs
fi
printf '%s' "$state" >"$stamp"
