"""What a load balancer and a monitor ask: is the process up, can it work, what are the figures."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer that the process serves requests."""
    return JsonResponse({"status": "ok"})


@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    """Answer whether database and schema are ready: 200, or 503 with what is missing."""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    if behind:
        return JsonResponse({"status": "unavailable", "migrations": len(behind)}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "migrations": "ok"})


@login_not_required
def metrics(_request: HttpRequest) -> HttpResponse:
    """Return the figures of this process in Prometheus' text format."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
