"""The pages of the datasets app, one module for each kind."""
