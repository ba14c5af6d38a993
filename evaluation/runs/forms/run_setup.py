"""Forms of a run's set-up page: how its intents are counted, and what is done to it."""

from collections.abc import Iterator
from typing import Any

from django import forms

from evaluation.runs.lifecycle import RunAction
from evaluation.runs.run_facts import IntentRow
from evaluation.runs.terms import IntentTerms
from reviewapp.core.errors import InvalidInput

Line = tuple[IntentRow, forms.BoundField, forms.BoundField, forms.BoundField]
"""An intent with its three fields: counted as, gate, own threshold."""


class IntentGroupsForm(forms.Form):
    """How each intent of a set is counted: three fields for each, numbered as on the page."""

    def __init__(
        self, *args: Any, rows: list[IntentRow], is_watch_only: bool = False, **kwargs: Any
    ) -> None:
        """Make the fields of each row.

        Args:
            rows: the intents of the set.
            is_watch_only: whether an intent of this run is gated by its own threshold only.
        """
        super().__init__(*args, **kwargs)
        self.rows = rows
        for number, row in enumerate(rows):
            label = f"of {row.name}"
            self.fields[f"counted-{number}"] = forms.CharField(
                label=f"Counted as, {label}", max_length=100, initial=row.counted_as
            )
            self.fields[f"gated-{number}"] = forms.ChoiceField(
                label=f"Gate {label}",
                choices=[
                    ("yes", "Watched, or gated by its own threshold" if is_watch_only else "Gated"),
                    ("no", "Watched"),
                ],
                initial="yes" if row.is_gated else "no",
            )
            self.fields[f"threshold-{number}"] = forms.FloatField(
                label=f"Own threshold {label}",
                required=False,
                min_value=0.01,
                max_value=0.99,
                initial=row.threshold,
                widget=forms.NumberInput(attrs={"step": "0.01"}),
            )

    def lines(self) -> Iterator[Line]:
        """Yield each intent with its three fields."""
        for number, row in enumerate(self.rows):
            names = (f"counted-{number}", f"gated-{number}", f"threshold-{number}")
            yield row, self[names[0]], self[names[1]], self[names[2]]

    def intents(self) -> tuple[IntentTerms, ...]:
        """Return the rows of the win rates; intents with one name are one group.

        Raises:
            InvalidInput: the members of a group ask for different gates.
        """
        groups: dict[str, list[tuple[str, bool, float | None]]] = {}
        for number, row in enumerate(self.rows):
            data = self.cleaned_data
            gate = (data[f"gated-{number}"] == "yes", data[f"threshold-{number}"])
            name = data[f"counted-{number}"].strip()
            groups.setdefault(name, []).append((row.name, *gate))
        return tuple(_group(name, members) for name, members in groups.items())


def _group(name: str, members: list[tuple[str, bool, float | None]]) -> IntentTerms:
    gates = {(gated, threshold if gated else None) for _own, gated, threshold in members}
    if len(gates) > 1:
        raise InvalidInput(
            f"The intents that are counted as “{name}” ask for different gates. Choose one for all."
        )
    gated, threshold = gates.pop()
    return IntentTerms(name, tuple(own for own, *_gate in members), gated, threshold)


class RunActionForm(forms.Form):
    """What is to be done to a run, and why."""

    act = forms.ChoiceField(choices=[(action.value, action.value) for action in RunAction])
    reason = forms.CharField(required=False, max_length=2000)
