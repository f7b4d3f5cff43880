#!/usr/bin/env bash
# The gateway's tests on a machine with Python: packages by hash into a virtual environment of the cache folder, once for
# each state of the requirements, then ruff, mypy and pytest. Arguments go to pytest.
set -eu
cd "$(dirname "$0")"

digest=$(cat requirements.txt requirements-test.txt | sha256sum | cut -c 1-16)
venv=${XDG_CACHE_HOME:-$HOME/.cache}/cdk-llm-platform/gateway-$digest
if [ ! -f "$venv/installed" ]; then
  # What a stopped run left behind is not trusted.
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  # --no-deps: the file lists every package, and leaves out one that LiteLLM's metadata asks for (see overrides.txt).
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt -r requirements-test.txt
  touch "$venv/installed"
fi

"$venv/bin/ruff" check src tests
"$venv/bin/ruff" format --check src tests
"$venv/bin/mypy"
exec "$venv/bin/python" -m pytest "$@"
