#!/usr/bin/env bash
# Runs actionlint over the workflows of GitHub Actions.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shopt -s nullglob
workflows=(.github/workflows/*.yml .github/workflows/*.yaml)
[ ${#workflows[@]} -gt 0 ] || { echo '.github/workflows: expected a workflow, got none' >&2; exit 1; }
GOBIN="$work" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
# Scripts within a workflow are looked at only where shellcheck and pyflakes are there: the same result everywhere.
"$work/actionlint" -shellcheck= -pyflakes= "${workflows[@]}"
echo "actionlint: ${#workflows[@]} workflows, no problem"
