"""Every write of the datasets app, split by noun: people, examples, reviews, imports, versions."""
