"""How the web server takes connections."""

import socket
from types import SimpleNamespace

import pytest

from reviewapp import gunicorn_conf


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="only Linux can do it")
def test_a_connection_on_which_nothing_is_asked_holds_up_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gunicorn_conf.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        address = listener.getsockname()
        with socket.create_connection(address), socket.create_connection(address) as asking:
            asking.sendall(b"GET / HTTP/1.1\r\n\r\n")
            listener.settimeout(10)
            taken, peer = listener.accept()
            taken.close()
            assert peer == asking.getsockname()


def test_a_process_takes_no_more_than_it_has_threads_for() -> None:
    assert gunicorn_conf.worker_connections == gunicorn_conf.threads
    assert gunicorn_conf.keepalive == 0
