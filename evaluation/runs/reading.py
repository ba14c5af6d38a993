"""Which reviewers read the language of a comparison, and where too few of them do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from datasets.conversations.chat import Content
from datasets.inspections.language import base_language, detect_language
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.prompts import Prompt
from reviewapp.core.messages import Message, message
from reviewapp.people.reading import languages_read


def reading_language_of(prompt: Prompt, languages: Sequence[str]) -> str:
    """Return the language that reviewers of a prompt must read; empty if it is not certain.

    Args:
        prompt: its own language counts; otherwise its messages are inspected.
        languages: codes of the project, to choose from; empty for all.
    """
    if prompt.language:
        return base_language(prompt.language)
    texts = [
        {"role": str(message.get("role")), "content": message.get("content")}
        for message in prompt.messages
        if isinstance(message.get("content"), str)
    ]
    return detect_language(Content(messages=texts), tuple(languages))


def readable_by(rater: Rater) -> Q:
    """Return the condition that a reviewer reads the language of a comparison.

    The claim has the same rule in SQL (`evaluation/voting/actions/claim_sql.py`).
    """
    if rater.user_id is None:
        return Q()
    read = languages_read(rater.run.project_id, [rater.user_id]).get(rater.user_id)
    return Q() if read is None else Q(reading_language__in=["", *read])


@dataclass(frozen=True)
class ShortLanguage:
    """A language that fewer reviewers of a run read than its examples need votes.

    Attributes:
        language: its code.
        examples: open examples that can never get all their votes.
        votes: most votes that one of them needs.
        readers: reviewers of the run who read it.
    """

    language: str
    examples: int
    votes: int
    readers: int

    def message(self) -> Message:
        """Return it as a message to show or to store."""
        return message(
            "runs.too_few_readers",
            language=self.language,
            n=self.examples,
            votes=self.votes,
            readers=self.readers,
        )


def short_languages(run: EvaluationRun) -> list[ShortLanguage]:
    """Return the languages with too few readers, the one with the most examples first.

    Before the run opens, any of its examples may be drawn into the overlap set. Empty if every
    reviewer reads all languages: then `too_few_reviewers` is the whole answer.
    """
    if run.all_votes or run.state == RunState.CLOSED:
        return []
    raters = run.raters.filter(removed_at__isnull=True, user__isnull=False)
    people = list(raters.values_list("user_id", flat=True))
    return too_few_readers(run.project_id, people, _votes_needed(run))


def too_few_readers(
    project_id: int, people: Sequence[int], needed_of: Mapping[str, Mapping[int, int]]
) -> list[ShortLanguage]:
    """Return the languages with fewer readers than votes needed, the most examples first.

    Args:
        project_id: of the run.
        people: ids of the reviewers.
        needed_of: number of examples by language and by the votes that each needs.
    """
    read = languages_read(project_id, people)
    if not read:
        return []
    found = []
    for language, needed in needed_of.items():
        readers = sum(language in read.get(person, [language]) for person in people)
        short = {votes: examples for votes, examples in needed.items() if votes > readers}
        if short:
            found.append(ShortLanguage(language, sum(short.values()), max(short), readers))
    return sorted(found, key=lambda language: (-language.examples, language.language))


def unserved_in(run: EvaluationRun, language: str, *, readers: int) -> QuerySet[Comparison]:
    """Return the open examples in a language that need more readers and that nobody was served."""
    return run.comparisons.filter(
        state=Comparison.State.OPEN,
        first_served_at__isnull=True,
        reading_language=language,
        votes_needed__gt=readers,
    )


def _votes_needed(run: EvaluationRun) -> dict[str, dict[int, int]]:
    """Return how many open examples of each language need how many votes."""
    of_run = run.comparisons.filter(state=Comparison.State.OPEN).exclude(reading_language="")
    rows = of_run.order_by().values_list("reading_language", "votes_needed")
    before_overlap = run.state != RunState.VOTING and run.overlap_percent
    found: dict[str, dict[int, int]] = {}
    for language, votes, examples in rows.annotate(examples=Count("pk")):
        needed = max(votes, run.overlap_votes) if before_overlap else votes
        counts = found.setdefault(language, {})
        counts[needed] = counts.get(needed, 0) + examples
    return found
