"""When the votes on an example decide, and which of two answers they prefer. Pure."""

from dataclasses import dataclass

UNANIMOUS, MAJORITY, PLURALITY = "unanimous", "majority", "plurality"


@dataclass(frozen=True)
class Votes:
    """The counted votes on an example."""

    candidate: int
    baseline: int
    tied: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.candidate + self.baseline + self.tied


def preferred_side(votes: Votes, *, rule: str, min_votes: int) -> str:
    """Return "candidate" or "baseline", whose answer is preferred; empty if nothing is decided.

    Args:
        votes: on one example.
        rule: a `Rule`.
        min_votes: so many votes must be for the preferred answer.
    """
    side = "candidate" if votes.candidate > votes.baseline else "baseline"
    most, least = max(votes.candidate, votes.baseline), min(votes.candidate, votes.baseline)
    if most == least or most < min_votes:
        return ""
    decides = {
        UNANIMOUS: most == votes.total,
        MAJORITY: most * 2 > votes.total,
        PLURALITY: True,
    }
    return side if decides[rule] else ""
