"""Services that train models, each behind the interface of `base`."""
