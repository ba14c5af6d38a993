"""The tables of the app's features, where Django looks for them. Code imports from the feature."""

from datasets.assignments import models as assignments
from datasets.bulk import models as bulk
from datasets.comments import models as comments
from datasets.coverage import models as coverage
from datasets.curation import models as curation
from datasets.ingest import models as ingest
from datasets.removals import models as removals
from datasets.saved_views import models as saved_views
from datasets.similarity import models as similarity
from datasets.text_blocks import models as text_blocks
from datasets.versions import models as versions
from datasets.voice import models as voice

__all__ = [
    "assignments",
    "bulk",
    "comments",
    "coverage",
    "curation",
    "ingest",
    "removals",
    "saved_views",
    "similarity",
    "text_blocks",
    "versions",
    "voice",
]
