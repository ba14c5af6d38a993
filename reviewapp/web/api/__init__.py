"""The HTTP API: the apps' routers, bearer tokens, problem details, idempotent writes."""
