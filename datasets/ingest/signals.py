"""The signal of a failed import, which features that notify receive."""

from typing import Final

from django.dispatch import Signal

import_failed: Final = Signal()
"""Sent with `batch`, an import that ended early."""
