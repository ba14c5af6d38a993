"""The hourly check of base models that are shut down soon."""

from evaluation.notices.actions import notify_of_shutdowns
from reviewapp.notifications.tasks import check_hourly

check_hourly(notify_of_shutdowns)
