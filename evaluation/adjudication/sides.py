"""The sides on which an adjudicator sees the two answers, without a row for each page shown."""

from dataclasses import dataclass
from random import Random

from django.utils.crypto import salted_hmac

from evaluation.stats.verdicts import Contender
from evaluation.voting.blinding import draw_left


@dataclass(frozen=True)
class DrawnSides:
    """The contender on the left, and the token by which a form names this draw."""

    left: Contender
    token: str


def draw_sides(*, comparison_id: int, actor_id: int, earlier: int) -> DrawnSides:
    """Return the sides of a comparison for one adjudicator; the same until its next outcome.

    Both values follow from the server's secret by different salts, so the token tells nothing of
    the side.

    Args:
        comparison_id: the comparison.
        actor_id: the adjudicator.
        earlier: number of its earlier outcomes, of any adjudicator.
    """
    drawn_for = f"{comparison_id}:{actor_id}:{earlier}"
    seed = salted_hmac("adjudication.left", drawn_for, algorithm="sha256").hexdigest()
    token = salted_hmac("adjudication.token", drawn_for, algorithm="sha256").hexdigest()
    return DrawnSides(draw_left(Random(seed)), token)  # noqa: S311 - seeded by a keyed hash.
