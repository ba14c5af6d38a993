"""Deal the examples of a bulk assignment to the chosen members.

The facts of a chunk are read once; what earlier chunks dealt is counted from their items.
"""

from collections import Counter
from collections.abc import Collection
from functools import cached_property

from django.db import models
from django.db.models import Count
from django.utils.translation import pgettext_lazy

from datasets.assignments.changes import Change
from datasets.assignments.models import Assignment
from datasets.assignments.permissions import Assigning
from datasets.bulk.models import BulkAction, BulkItem, Outcome
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.reading import languages_read


class DealRule(models.TextChoices):
    """How examples are dealt to several members."""

    EVEN = "even", pgettext_lazy("rule of an assignment", "In turn")
    LANGUAGE = (
        "language",
        pgettext_lazy("rule of an assignment", "In turn, among those who read the language"),
    )
    INTENT = "intent", pgettext_lazy("rule of an assignment", "Each intent to one member")


class Dealing:
    """The dealing of a bulk assignment, for the examples of one chunk."""

    def __init__(self, action: BulkAction, example_ids: Collection[int]) -> None:
        self.action, self.example_ids = action, example_ids
        self.assigning = Assigning(action.member, action.project)

    @cached_property
    def current(self) -> dict[int, Assignment]:
        """The assignments of the examples, by the example's id."""
        rows = Assignment.objects.filter(example__in=self.example_ids)
        return {row.example_id: row for row in rows}

    @cached_property
    def members(self) -> list[int]:
        """The chosen members, in the order in which they get examples; none for nobody."""
        return [*self.action.params.get("assignees", [])]

    @cached_property
    def dealt(self) -> Counter[int]:
        """How many examples each member has got so far."""
        ready = self.action.items.filter(outcome=Outcome.READY, assignee__isnull=False)
        counted = ready.order_by().values_list("assignee").annotate(count=Count("pk"))
        return Counter(dict(counted))

    @cached_property
    def intents(self) -> dict[int | None, int]:
        """The member who got each intent so far, by the intent's id."""
        ready = self.action.items.filter(outcome=Outcome.READY, assignee__isnull=False).order_by()
        return dict(ready.values_list("example__intent", "assignee").distinct())

    @cached_property
    def _languages(self) -> dict[int, list[str]]:
        return languages_read(self.action.project_id, self.members)

    def deal(self, example: GoldenExample) -> int | None:
        """Return who gets an example: of those the rule allows, who has fewest so far.

        Raises:
            InvalidInput: it is assigned already and such examples are skipped, or no chosen member
                reads its language.
        """
        if self.action.params.get("skips_assigned") and example.pk in self.current:
            raise InvalidInput(message("bulk.assigned_already"))
        if not self.members:
            return None
        rule = self.action.params.get("rule", DealRule.EVEN)
        if rule == DealRule.INTENT and example.intent_id in self.intents:
            return self.intents[example.intent_id]
        return min(self._readers(example, rule), key=lambda member: self.dealt[member])

    def _readers(self, example: GoldenExample, rule: str) -> list[int]:
        if rule != DealRule.LANGUAGE or not example.language:
            return self.members
        base, languages = example.language.split("-")[0].lower(), self._languages
        readers = [member for member in self.members if base in languages.get(member, [base])]
        if not readers:
            raise InvalidInput(message("bulk.nobody_reads"))
        return readers

    def count(self, example: GoldenExample, member: int | None) -> None:
        """Count an example that a member gets."""
        if member is None:
            return
        self.dealt[member] += 1
        if self.action.params.get("rule") == DealRule.INTENT:
            self.intents[example.intent_id] = member

    def check(self, example: GoldenExample, change: Change) -> None:
        """Check that the actor may make this change; see `Assigning.check`."""
        self.assigning.check(
            example,
            self.current.get(example.pk),
            assignee_id=change.assignee_id,
            due_on=change.due_on,
        )

    @cached_property
    def earlier(self) -> dict[int, Change]:
        """The assignee of each example before the bulk assignment that this bulk action undoes."""
        items = BulkItem.objects.filter(action=self.action.undoes_id, example__in=self.example_ids)
        events = ExampleEvent.objects.filter(pk__in=items.values("event"))
        return {event.example_id: Change.from_json(event.detail["from"]) for event in events}
