module rehearsal/definitions

go 1.26.0

// Only data of these modules is used: the files of their CustomResourceDefinitions.
require (
	github.com/argoproj/argo-rollouts v1.9.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
