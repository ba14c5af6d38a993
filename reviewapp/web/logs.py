"""What the log shows of requests that clients got wrong."""

import logging


class WithoutTraceback(logging.Filter):
    """Keeps the line of an error and removes its traceback.

    A request with an unknown Host comes from a scanner or a wrong setting: where it was raised in
    Django says nothing.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the traceback; return True, so that the line is logged."""
        record.exc_info = record.exc_text = None
        return True
