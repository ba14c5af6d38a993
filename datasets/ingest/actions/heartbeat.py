"""The claim on an import is renewed by time: one chunk of rows may take longer than the lease."""

import logging
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection

from datasets.ingest.actions.batches import renew_claim
from datasets.ingest.models import ImportBatch

logger = logging.getLogger(__name__)

BEATS_PER_LEASE = 4
# Every step of an import is bounded, so a longer silence is a worker that hangs: let it be lost.
MAX_SILENT_SECONDS = 3600


class Heartbeat:
    """Renews the claim of an import from a thread of its own while the `with` lasts."""

    def __init__(self, batch: ImportBatch) -> None:
        self._batch = batch
        self._period = settings.IMPORT_LEASE_SECONDS / BEATS_PER_LEASE
        self._silent_seconds = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def record_progress(self) -> None:
        """Note that rows were stored."""
        self._silent_seconds = 0.0

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._period) and self.beat():
                pass
        finally:
            connection.close()

    def beat(self) -> bool:
        """Renew the claim once; return whether there is reason to go on."""
        self._silent_seconds += self._period
        if self._silent_seconds > MAX_SILENT_SECONDS:
            logger.error("Import %s has stored nothing for an hour", self._batch.pk)
            return False
        try:
            return renew_claim(batch=self._batch)
        except DatabaseError:
            # The next beat comes in time, or the claim is lost.
            logger.warning("The claim of import %s was not renewed", self._batch.pk, exc_info=True)
            return True
