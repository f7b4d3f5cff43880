#!/usr/bin/env bash
# Runs cfn-lint and checkov over every template of a cloud assembly.
# usage: scripts/check-templates.sh <cloud assembly>
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { echo 'usage: scripts/check-templates.sh <cloud assembly>' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t templates < <(find "$1" -name '*.template.json' | sort)
[ ${#templates[@]} -gt 0 ] || { echo "$1: expected a cloud assembly with templates, got none; make one with scripts/check-synth.mjs" >&2; exit 1; }

# install NAME: makes a virtual environment of its own, because the two ask for different versions of the same packages.
install() {
  python3 -m venv "$work/$1"
  "$work/$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "scripts/requirements-$1.txt"
}

install lint
# W3005: aws-cdk-lib makes every function depend on its role in words, though its properties refer to it as well.
"$work/lint/bin/cfn-lint" --ignore-checks W3005 --non-zero-exit-code warning -- "${templates[@]}"
echo "cfn-lint: ${#templates[@]} templates, no error and no warning"

install checkov
# Only templates: assemblies hold assets as well. Nothing is asked of the network.
mkdir "$work/templates"
cp -- "${templates[@]}" "$work/templates"
"$work/checkov/bin/checkov" --config-file scripts/checkov.yaml --skip-download --directory "$work/templates"
echo "checkov: ${#templates[@]} templates, nothing found but what scripts/checkov.yaml accepts"
