"""The backend's connection, in the module where Django looks for it."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    def is_usable(self) -> bool:
        """Say whether the server still holds the other end; asked at the start of every request.

        A server that goes away, or ends the connection, says so on the line. Where nothing came
        there is nothing to ask; where something did, the server is asked as Django does it.
        """
        if self.connection is None or self.connection.closed:
            return False
        return _is_silent(self.connection.fileno()) or super().is_usable()


def _is_silent(line: int) -> bool:
    if not hasattr(select, "poll"):
        return False
    waiting = select.poll()
    waiting.register(line, select.POLLIN)
    return not waiting.poll(0)
