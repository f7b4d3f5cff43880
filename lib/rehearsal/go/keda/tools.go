//go:build tools

// Package tools pins the operator of KEDA.
package tools

import _ "github.com/kedacore/keda/v2/cmd/operator"
