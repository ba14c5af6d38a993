"""Addresses for load balancers and monitors: liveness, readiness and metrics."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import OperationalError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from reviewapp.celery import app

OK = "ok"
BROKER_SECONDS = 2


@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """Return 200 while the process serves requests; checks nothing else."""
    return JsonResponse({"status": OK})


@login_not_required
def readyz(_request: HttpRequest) -> HttpResponse:
    """Return 200 if database, schema and broker are ready, else 503 with what is missing."""
    states = {name: check() for name, check in CHECKS.items()}
    is_ready = all(state == OK for state in states.values())
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse({"status": OK if is_ready else "unavailable", **states}, status=status)


@login_not_required
def metrics(_request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process in Prometheus' text format."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return OK


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown: the database does not answer"
    return f"{len(behind)} to apply" if behind else OK


def _broker() -> str:
    try:
        with app.connection_for_write(connect_timeout=BROKER_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
    except (OperationalError, OSError):
        return "does not answer"
    return OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
}
