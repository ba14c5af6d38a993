"""Separators and end markers in files of prompts and completions. Pure.

Older fine-tuning needed a separator at the end of each prompt, a space before each completion and
an end marker after it. In the chat format all three are noise, so they are removed and reported.
"""

END_WORDS = ("<|endoftext|>", "###", "[END]", "END", "STOP")
PROMPT_SEPARATORS = ("###", "->")
SENTENCE_ENDS = ".!?…\"'”’)]:;"


def split_end(completion: str) -> tuple[str, str]:
    """Return a completion without its end marker, and what was removed ("" if nothing).

    A bare END or STOP is removed only on a line of its own or after a finished sentence: "THE END"
    is an answer.
    """
    text = completion.rstrip()
    for word in END_WORDS:
        if not text.endswith(word):
            continue
        rest = text[: -len(word)]
        kept = rest.rstrip()
        gap = rest[len(kept) :]
        finished = bool(gap) and (not kept or kept[-1] in SENTENCE_ENDS)
        if not word.isalpha() or "\n" in gap or finished:
            return kept, completion[len(kept) :]
    return completion, ""


def split_separator(prompt: str) -> tuple[str, str]:
    """Return a prompt without the separator at its end, and what was removed."""
    text = prompt.rstrip()
    for word in PROMPT_SEPARATORS:
        if text.endswith(word):
            kept = text[: -len(word)].rstrip()
            return kept, prompt[len(kept) :]
    return prompt, ""


def split_space(completion: str) -> tuple[str, str]:
    """Return a completion without the one space that the format puts before it."""
    if completion.startswith(" ") and not completion.startswith("  "):
        return completion[1:], " "
    return completion, ""
