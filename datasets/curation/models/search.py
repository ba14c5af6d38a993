"""The words of examples, as the search of the queue looks them up."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, When

from datasets.conversations.words import CONFIGS
from datasets.curation.models.examples import GoldenExample
from reviewapp.people.models import Project


class ExampleText(models.Model):
    """The words of the latest revision of an example and of its external id.

    It is a table of its own so that a change of an example's state does not index its text again.
    `actions/revision_storage.py` and the import keep it equal; erasing an example deletes it.

    Attributes:
        language: of the example without the region; its stems are indexed beside the words.
        words: folded, without punctuation (`conversations/words.py`).
    """

    example = models.OneToOneField(
        GoldenExample, primary_key=True, on_delete=models.CASCADE, related_name="text"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=12, blank=True)
    words = models.TextField(blank=True)
    vector = models.GeneratedField(
        expression=Case(
            *(
                When(
                    language=language,
                    then=SearchVector("words", config="simple")
                    + SearchVector("words", config=config),
                )
                for language, config in CONFIGS.items()
            ),
            default=SearchVector("words", config="simple"),
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            # Every search reads the whole list of pending entries, so it is kept short.
            GinIndex(fields=["vector"], name="example_text_vector", gin_pending_list_limit=256),
        ]

    def __str__(self) -> str:
        return f"Words of example {self.example_id}"
