#!/usr/bin/env bash
# Writes requirements.txt and requirements-test.txt anew; needs uv. Versions that are pinned there stay, unless --upgrade is given.
set -eu
cd "$(dirname "$0")"
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --strip-extras --custom-compile-command ./lock.sh "$@"; }
compile "$@" --override overrides.txt requirements.in --output-file requirements.txt
compile "$@" requirements-test.in --output-file requirements-test.txt
