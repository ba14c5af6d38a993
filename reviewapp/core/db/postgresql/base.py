"""The backend's connection, in the module where Django looks for it."""

import select

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Say whether the server still holds the other end; asked at the start of every request.

        A server that goes away, or ends the connection, says so on the line. Where nothing came
        there is nothing to ask; where something did, or in the midst of a transaction, the server
        is asked as Django does it.
        """
        if self.connection is None or self.connection.closed:
            return False
        is_at_rest = self.connection.pgconn.transaction_status == TransactionStatus.IDLE
        return (is_at_rest and _is_idle(self.connection.fileno())) or super().is_usable()


def _is_idle(line: int) -> bool:
    if not hasattr(select, "poll"):
        return False
    waiting = select.poll()
    waiting.register(line, select.POLLIN)
    return not waiting.poll(0)
