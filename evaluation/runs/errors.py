"""The rules of runs and models that a person can run into."""

from collections.abc import Sequence

from reviewapp.core.errors import DomainError


class RunCannotOpen(DomainError):
    """A run that could never pass, or that nobody could finish; `sentences` says each reason."""

    def __init__(self, sentences: Sequence[str]) -> None:
        """Keep the sentences, and join them as the message."""
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)
