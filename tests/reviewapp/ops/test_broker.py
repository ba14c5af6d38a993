"""How messages travel, and that a broker which is down costs nobody anything."""

from __future__ import annotations

import time

import pytest
from celery import Celery
from django.db import connection, transaction
from pgmq.base import PGMQConfig
from psycopg.conninfo import conninfo_to_dict

from reviewapp.celery import ResilientTask, app
from reviewapp.ops import broker
from reviewapp.ops.user_error import UserError


def test_the_queues_are_in_the_database_without_a_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BROKER_URL")
    assert broker.url() == broker.IN_DATABASE
    monkeypatch.setenv("BROKER_URL", "amqp://user:word@rabbit.example//")
    assert broker.url() == "amqp://user:word@rabbit.example//"


def test_an_unknown_broker_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "kafka://broker.example")
    with pytest.raises(UserError, match="begins neither with amqp:// nor with redis://"):
        broker.url()


@pytest.mark.parametrize("address", ["redis://redis.example/0", "rediss://redis.example/0"])
def test_redis_gives_back_what_a_dead_worker_took(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("BROKER_URL", address)
    options = broker.transport_options()
    assert options["visibility_timeout"] == broker.REDELIVERY_SECONDS
    assert options["unacked_restore_interval"] == 10


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://app:word@db.example:5433/house",
        "postgresql://app:w%27o%5Cr%20d@/a%20house?host=%2Fa%20folder%2Frun&sslmode=require",
        "postgresql:///house?connect_timeout=3",
    ],
)
def test_the_queues_are_reached_like_the_database(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("BROKER_URL")
    monkeypatch.setenv("DATABASE_URL", address)
    client = PGMQConfig(conn_string=broker.transport_options()["conn_string"])
    reached = {name: value for name, value in conninfo_to_dict(client.dsn).items() if value}
    assert reached == conninfo_to_dict(address)


def test_the_role_of_the_app_may_use_the_queues_and_not_change_them(
    monkeypatch: pytest.MonkeyPatch, runtime_role: str
) -> None:
    monkeypatch.delenv("BROKER_URL")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        broker.install_schema(using="default")
        broker.install_schema(using="default")
        cursor.execute(f"SET ROLE {runtime_role}")
        cursor.execute("SELECT pgmq.create('errands')")
        cursor.execute("SELECT pgmq.send('errands', '{\"a\": 1}')")
        cursor.execute("SELECT message FROM pgmq.read('errands', 30, 1)")
        assert cursor.fetchall() == [('{"a": 1}',)]
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        assert cursor.fetchone() == (False,)


def test_nothing_is_installed_for_another_broker(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setenv("BROKER_URL", "redis://redis.example/0")
    broker.install_schema(using="default")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq')")
        assert cursor.fetchone() == (None,)


def test_tasks_are_sent_by_our_app() -> None:
    assert app.main == "touchstone"
    assert app.Task.__mro__[1] is ResilientTask


def _do_nothing() -> None:
    """A task that is never received."""


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_fails_no_request_and_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ResilientTask, "_backoff_until", 0.0)
    down = Celery(
        "down", broker="redis://127.0.0.1:1/0", task_cls=ResilientTask, set_as_current=False
    )
    down.conf.task_publish_retry_policy = {"max_retries": 1, "interval_start": 0}
    errand = down.task(_do_nothing, name="errand")
    with transaction.atomic():
        errand.delay_on_commit()
    quiet_until = ResilientTask._backoff_until
    assert quiet_until > time.monotonic()
    with transaction.atomic():
        errand.delay_on_commit()
    assert ResilientTask._backoff_until == quiet_until
