//go:build tools

// Package tools pins Karpenter with its kwok provider, whose nodes are objects only.
package tools

import _ "sigs.k8s.io/karpenter/kwok"
