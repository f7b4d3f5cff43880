#!/usr/bin/env bash
# Runs cfn-lint over every template of a cloud assembly.
# usage: scripts/check-templates.sh <cloud assembly>
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo 'usage: scripts/check-templates.sh <cloud assembly>' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t templates < <(find "$1" -name '*.template.json' | sort)
[ ${#templates[@]} -gt 0 ] || { echo "$1: expected a cloud assembly with templates, got none; make one with scripts/check-synth.mjs" >&2; exit 1; }

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r scripts/requirements-lint.txt
# W3005: aws-cdk-lib makes every function depend on its role in words, though its properties refer to it as well.
"$work/venv/bin/cfn-lint" --ignore-checks W3005 --non-zero-exit-code warning -- "${templates[@]}"
echo "cfn-lint: ${#templates[@]} templates, no error and no warning"
