//go:build tools

// Package tools pins the operator of KEDA and its metrics adapter.
package tools

import (
	_ "github.com/kedacore/keda/v2/cmd/adapter"
	_ "github.com/kedacore/keda/v2/cmd/operator"
)
