module rehearsal/definitions

go 1.26.0

// Only data of these modules is used: the files of their CustomResourceDefinitions.
require (
	github.com/argoproj/argo-rollouts v1.9.2
	github.com/aws/karpenter-provider-aws v1.14.1
	github.com/kedacore/keda/v2 v2.20.2
	github.com/prometheus-operator/prometheus-operator v0.85.0
	sigs.k8s.io/gateway-api v1.5.1
	sigs.k8s.io/gateway-api-inference-extension v1.6.0
)
