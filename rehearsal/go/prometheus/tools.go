//go:build tools

// Package tools pins the metrics database of the rehearsal.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
)
