"""The log of requests that clients got wrong."""

import logging

import pytest
from django.test import Client


def test_an_unknown_host_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert Client().get("/", headers={"Host": "wrong.example"}).status_code == 400
    records = [record for record in caplog.records if "wrong.example" in record.getMessage()]
    assert records
    assert all(record.exc_info is None for record in records)
