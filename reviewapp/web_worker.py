"""gunicorn's threaded worker; it answers too long an address with a problem of the API."""

import json
from typing import Any, Final

from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

_BODY: Final = json.dumps(
    {
        "type": "about:blank",
        "title": "URI Too Long",
        "status": 414,
        "detail": "The address is longer than 8,190 bytes. Send shorter or fewer parameters.",
    }
).encode()
_HEAD: Final = (
    "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\n"
    f"Content-Type: application/problem+json\r\nContent-Length: {len(_BODY)}\r\n\r\n"
).encode()


class Worker(ThreadWorker):
    """Answers what never becomes a request, because its first line is too long, with a problem."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Send the problem for a long address; everything else as gunicorn does."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Too long an address from %s: %s", addr, exc)
        try:
            client.sendall(_HEAD + _BODY)
        except OSError:
            self.log.debug("The client did not wait for the answer")
