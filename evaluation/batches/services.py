"""The batch endpoints of providers: upload, create, find, poll, results, cancel, delete.

Only kinds that have an entry in `BATCH_SERVICES` offer batches. Every failure leaves as one of the
three kinds of `evaluation.providers.base`; nothing is retried here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

from evaluation.providers import openai as chat
from evaluation.providers.base import PermanentFailure, strip_unstorable
from evaluation.providers.listing import listed
from evaluation.training.providers.base import NOT_THERE, Service

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openai import OpenAI
    from openai.types import Batch

KEY_NAME: Final = "touchstone_batch"
"""The name of our key in the metadata of a batch."""
ENDPOINT: Final = "/v1/chat/completions"
ENDED_STATES = {"completed": True, "expired": True, "cancelled": True, "failed": False}
"""Ends of a batch, and whether it may have brought answers."""
CALL_SECONDS, TRANSFER_SECONDS = 60.0, 900.0
PAGE, MAX_BATCHES, MAX_FILES = 100, 500, 20_000
STATE_LENGTH, TEXT_LENGTH = 80, 500


@dataclass(frozen=True)
class BatchReport:
    """The state of a provider's batch.

    Attributes:
        state: the provider's own word.
        has_ended: False also for a word that is not known.
        error: why it was rejected as a whole; empty if it was not.
        file_ids: of results, by "output" and "error".
    """

    batch_id: str
    state: str
    has_ended: bool
    created_at: float = 0.0
    error_code: str = ""
    error: str = ""
    done: int = 0
    failed: int = 0
    file_ids: dict[str, str] = field(default_factory=dict)


class OpenAIBatches:
    """Batches by OpenAI's API: half the price, ended within 24 hours."""

    price_factor = 0.5
    max_lines = 50_000
    max_bytes = 200 * 1000 * 1000

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Upload a file of requests and return its id."""
        with _calling(service, seconds=TRANSFER_SECONDS) as client:
            return _id(client.files.create(file=(name, content), purpose="batch"))

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return the ids of the files with this name, oldest first."""
        with _calling(service) as client:
            files = listed(client.files.list(purpose="batch"), MAX_FILES)
            found = [file for file in files if file.filename == name]
            return [file.id for file in sorted(found, key=lambda file: file.created_at)]

    def create(self, service: Service, file_id: str, key: str) -> BatchReport:
        """Start a batch that carries the key. It is never repeated here, whatever the answer."""
        with _calling(service) as client:
            batch = client.batches.create(
                input_file_id=file_id,
                endpoint=ENDPOINT,
                completion_window="24h",
                metadata={KEY_NAME: key},
            )
            return _report(batch)

    def find(self, service: Service, key: str, file_id: str) -> list[BatchReport]:
        """Return the batches that carry the key or read the file, oldest first."""
        with _calling(service) as client:
            found = [
                _report(batch)
                for batch in listed(client.batches.list(limit=PAGE), MAX_BATCHES)
                if (batch.metadata or {}).get(KEY_NAME) == key or batch.input_file_id == file_id
            ]
        return sorted(found, key=lambda report: report.created_at)

    def poll(self, service: Service, batch_id: str) -> BatchReport:
        """Return the state of a batch."""
        with _calling(service) as client:
            return _report(client.batches.retrieve(batch_id))

    def result(self, service: Service, file_id: str) -> bytes:
        """Return a file of results; a PermanentFailure if it is larger than a reply may be."""
        with _calling(service, seconds=TRANSFER_SECONDS) as client:
            return client.files.content(file_id).content

    def cancel(self, service: Service, batch_id: str) -> None:
        """Cancel a batch; one that has ended is left as it is."""
        with suppress(PermanentFailure), _calling(service) as client:
            client.batches.cancel(batch_id)

    def delete_file(self, service: Service, file_id: str) -> None:
        """Delete a file; it is no error if it is not there."""
        try:
            with _calling(service) as client:
                client.files.delete(file_id)
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise


BATCH_SERVICES: Final[dict[str, OpenAIBatches]] = {chat.OPENAI.kind: OpenAIBatches()}
"""The kinds of `evaluation.providers.kinds` whose services have batches."""


def _calling(service: Service, *, seconds: float = CALL_SECONDS) -> AbstractContextManager[OpenAI]:
    # The SDK takes a second to import, and most processes send no batch.
    from evaluation.training.providers.sdk import calling  # noqa: PLC0415

    return calling(service, seconds=seconds)


def _id(found: Any) -> str:
    if not isinstance(found.id, str) or not found.id:
        raise ValueError("an object without an id")
    return found.id


def _report(batch: Batch) -> BatchReport:
    errors = (batch.errors.data if batch.errors else None) or []
    first = errors[0] if errors else None
    files = {"output": batch.output_file_id, "error": batch.error_file_id}
    counts, state = batch.request_counts, str(batch.status)
    return BatchReport(
        batch_id=_id(batch),
        state=strip_unstorable(state)[:STATE_LENGTH],
        has_ended=state in ENDED_STATES,
        created_at=float(batch.created_at or 0),
        error_code=strip_unstorable(str((first and first.code) or ""))[:STATE_LENGTH],
        error=strip_unstorable(str((first and first.message) or ""))[:TEXT_LENGTH],
        done=int(counts.completed or 0) if counts else 0,
        failed=int(counts.failed or 0) if counts else 0,
        file_ids={name: file_id for name, file_id in files.items() if file_id},
    )
