"""The job of a delivery, and the removal of old ones."""

from reviewapp.jobs.tasks import register_job
from reviewapp.notifications.tasks import check_hourly
from reviewapp.webhooks.actions.delivering import delete_old, deliver, deliveries_to_send
from reviewapp.webhooks.models import Delivery

DELIVERIES = register_job("webhook", Delivery, run=deliver, to_send=deliveries_to_send)
check_hourly(delete_old)
