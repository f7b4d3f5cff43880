"""The policy program of the LLM gateway. It knows neither Kubernetes nor AWS, and its engine in one file only."""
