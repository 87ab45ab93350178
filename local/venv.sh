#!/bin/sh
# Makes .venv and installs the locked development requirements into it.
#
#   local/venv.sh [DIRECTORY]        (PYTHON=python3.11 picks the interpreter)
#
# A bare Debian python3 has no ensurepip, so `python3 -m venv` fails there. The ways that are tried, in
# order: venv, virtualenv, Debian's package as root, and Debian's pip wheel unpacked without root.
set -eu

cd "$(dirname "$0")/.."
venv=${1:-.venv}
python=${PYTHON:-python3}

say() { echo "venv: $*" >&2; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "$python is missing or older than Python 3.11."
    say "Install Python 3.11 (on Debian 12: apt-get install python3), or run: make PYTHON=/path/to/python3.11"
    exit 1
fi

works() { "$venv/bin/python" -m pip --version >/dev/null 2>&1; }

with_venv() {
    "$python" -m venv --clear "$venv" >/dev/null 2>&1 && works
}

with_virtualenv() {
    # The module first: it is the one that belongs to this interpreter.
    { "$python" -m virtualenv --clear "$venv" || virtualenv --clear -p "$python" "$venv"; } \
        >/dev/null 2>&1 && works
}

with_debian_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "this python3 has no ensurepip: installing Debian's python3-venv"
    apt-get install -qq -y --no-install-recommends python3-venv >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv; } >&2 ||
        return 1
    with_venv
}

with_debian_wheel() {
    # apt-get downloads without root when its lists lie in a directory of ours.
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    say "this python3 has no ensurepip: unpacking Debian's pip wheel, without root"
    scratch=$(mktemp -d)
    mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
    own="-o Dir::State::Lists=$scratch/lists -o Dir::Cache=$scratch/cache"
    # shellcheck disable=SC2086  # the options are meant to be split
    (cd "$scratch" && apt-get $own -qq update && apt-get $own -qq download python3-pip-whl &&
        dpkg-deb -x python3-pip-whl_*.deb .) >&2 &&
        "$python" -m venv --clear --without-pip "$venv" &&
        "$venv/bin/python" "$(echo "$scratch"/usr/share/python-wheels/pip-*.whl)/pip" \
            install --quiet --no-index --find-links "$scratch/usr/share/python-wheels" pip &&
        works && rm -rf "$scratch" && return 0
    rm -rf "$scratch"
    return 1
}

rm -f "$venv/.installed"
if ! works && ! with_venv && ! with_virtualenv && ! with_debian_package && ! with_debian_wheel; then
    say "cannot make a virtual environment: this python3 has neither ensurepip nor virtualenv."
    say "Install one of them and run the command again. On Debian or Ubuntu, as root:"
    say "    apt-get update && apt-get install -y python3-venv"
    exit 1
fi

say "installing the locked requirements into $venv; this takes a minute or two"
# The lock names all there is. Without --no-deps older pips resolve an extra (`coverage[toml]`) anew, find a
# release that is younger than the lock, and refuse it for having no hash there.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: -r requirements-dev.txt
touch "$venv/.installed"
