"""Services that answer, each behind the interface of `evaluation.providers.base`."""
