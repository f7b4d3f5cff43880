//go:build tools

// Package tools pins the analyzer of network policies.
package tools

import (
	_ "github.com/mattfenwick/cyclonus/cmd/cyclonus"
)
