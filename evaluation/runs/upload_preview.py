"""What the page of an upload shows beside its counts: a forecast, languages, unread keys."""

from collections.abc import Sequence
from typing import Any

from datasets.ingest.files.shapes import meant
from evaluation.gates import GateSettings
from evaluation.runs.models import AnswerUpload
from evaluation.runs.planning_summary import USUAL as USUAL_CANDIDATE
from evaluation.runs.planning_summary import RunForecast, VotingTerms, forecast_of
from evaluation.runs.reading import ShortLanguage, too_few_readers
from reviewapp.core.messages import Message, message

# Keys of a prompt that an unread key may have been meant for.
_MEANT = frozenset({"user", "intent", "tags", "language", "policies"})


def unread_messages(unread: dict[str, int]) -> list[Message]:
    """Return a message for each key or column that is not read."""
    found = []
    for key in unread:
        guess = meant(key, is_table=True)
        if guess in _MEANT:
            found.append(message("ingest.unread_key.guess", key=key, guess=guess))
        else:
            found.append(message("ingest.unread_key", key=key))
    return found


def forecast_of_upload(
    upload: AnswerUpload, *, reviewer_count: int, overlap_votes: int
) -> RunForecast:
    """Return how the run of an upload would probably end."""
    found = upload.findings
    settings = GateSettings.of_preset(upload.preset).watching(*found.get("watched", []))
    terms = VotingTerms(
        reviewer_count, upload.votes_per_example, upload.overlap_percent, overlap_votes
    )
    return forecast_of(found.get("intents", {}), settings, terms, USUAL_CANDIDATE)


def short_languages_of_upload(
    upload: AnswerUpload, people: Sequence[int], *, overlap_votes: int
) -> list[ShortLanguage]:
    """Return the languages that too few reviewers read; any example may be in the overlap set."""
    votes = upload.votes_per_example
    if upload.overlap_percent:
        votes = max(votes, overlap_votes)
    languages: dict[str, Any] = upload.findings.get("languages", {})
    needed = {language: {votes: number} for language, number in languages.items() if language}
    return too_few_readers(upload.project_id, people, needed)
