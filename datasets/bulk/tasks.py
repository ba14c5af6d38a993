"""The job of a bulk action. Few examples are changed at once, within the request."""

from datasets.bulk.actions import run_bulk_action
from datasets.bulk.models import BulkAction
from reviewapp.jobs.tasks import register_job

INLINE_LIMIT = 100
BULK_ACTIONS = register_job("bulk_action", BulkAction, run=run_bulk_action)


def start(action: BulkAction) -> None:
    """Run the present stage of a bulk action, by a worker if it has many examples."""
    if action.selected <= INLINE_LIMIT:
        run_bulk_action(action.pk)
    else:
        BULK_ACTIONS.send(action.pk)
