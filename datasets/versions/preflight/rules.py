"""What a provider of trainings takes in a file of conversations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasets.conversations.messages import ROLES
from datasets.versions.preflight.problems import PreflightIssue, error
from reviewapp.core.messages import Message, message

MEGABYTE = 1024**2
MAX_IMAGES = 10
MAX_EXAMPLES_WITH_IMAGES = 50_000


@dataclass(frozen=True)
class FileRules:
    """The rules of one provider; the defaults are those of OpenAI. None is no limit.

    Attributes:
        min_examples, max_examples: in the training file.
        roles: that messages may have.
        is_system_first: whether a system message may only be the first.
        alternates: whether questions and answers have to take turns, a question first.
        max_tokens: of an example; None leaves it to the base model.
        max_megabytes: of a file.
        starts_with_mark: whether a file has to begin with a byte order mark.
        takes_images: whether messages may have pictures.
    """

    min_examples: int = 10
    max_examples: int | None = None
    roles: tuple[str, ...] = ROLES
    is_system_first: bool = False
    alternates: bool = False
    max_tokens: int | None = 65_536
    max_megabytes: int | None = 512
    starts_with_mark: bool = False
    takes_images: bool = True

    def count_errors(self, examples: int) -> Iterator[Message]:
        """Yield what is wrong with the number of examples to train on."""
        if examples < self.min_examples:
            yield message("preflight.too_few_examples", n=examples, minimum=self.min_examples)
        if self.max_examples is not None and examples > self.max_examples:
            yield message("preflight.too_many_examples", n=examples, limit=self.max_examples)

    def size_errors(self, size_bytes: int) -> Iterator[Message]:
        """Yield what is wrong with the size of a file."""
        limit = self.max_megabytes
        if limit is not None and size_bytes > limit * MEGABYTE:
            megabytes = size_bytes // MEGABYTE
            yield message("preflight.file_too_large", megabytes=megabytes, limit=limit)

    def turn_errors(self, messages: Sequence[Mapping[str, Any]]) -> Iterator[PreflightIssue]:
        """Yield what is wrong with the roles of a conversation, beyond roles that nobody takes."""
        roles = [str(turn.get("role")) for turn in messages]
        for role in sorted({role for role in roles if role in ROLES} - {*self.roles}):
            yield error("role_not_taken", role=role, roles=self.roles)
        if self.is_system_first and "system" in roles[1:]:
            yield error("system_not_first")
        turns = [role for role in roles if role in {"user", "assistant"}]
        expected = ["user", "assistant"] * len(turns)
        if self.alternates and turns != expected[: len(turns)]:
            yield error("turns_not_alternating")

    def image_errors(self, images: int) -> Iterator[PreflightIssue]:
        """Yield what is wrong with the number of pictures in an example."""
        if images and not self.takes_images:
            yield error("images_not_taken")
        elif images > MAX_IMAGES:
            yield error("too_many_images", n=images, limit=MAX_IMAGES)
