"""A/B tests of models: definition, assignment and analysis."""
