"""What results say, in the language of their reader."""

from evaluation.results.row_texts import OF_ROWS
from reviewapp.core.texts import register

register(OF_ROWS)
