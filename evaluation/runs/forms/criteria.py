"""The part of a run's terms about criteria: up to four, each chosen or written by the lead."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates.criterion_texts import CRITERION_NAMES
from evaluation.runs.criteria import (
    MAX_CRITERIA,
    MAX_CRITERION_NAME,
    MAX_QUESTION,
    CriterionTerms,
    criteria_errors,
)
from reviewapp.core.texts import render

OWN = "own"
_PLACES = range(1, MAX_CRITERIA + 1)


class CriterionFields(NamedTuple):
    """The fields of one criterion, as the page shows them together."""

    position: int
    chosen: forms.BoundField
    name: forms.BoundField
    question: forms.BoundField
    gate: forms.BoundField


class CriteriaForm(forms.Form):
    """What is asked after the overall choice. An own name makes an own criterion."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Create the fields of each place."""
        super().__init__(*args, **kwargs)
        choices = [("", gettext("None")), *CRITERION_NAMES.items(), (OWN, gettext("An own one"))]
        for place in _PLACES:
            numbered = {"number": place}
            self.fields[f"criterion_{place}"] = forms.ChoiceField(
                label=_("Criterion %(number)s") % numbered, required=False, choices=choices
            )
            self.fields[f"criterion_{place}_name"] = forms.CharField(
                label=_("Own name"), required=False, max_length=MAX_CRITERION_NAME
            )
            self.fields[f"criterion_{place}_question"] = forms.CharField(
                label=_("Own question"), required=False, max_length=MAX_QUESTION
            )
            self.fields[f"criterion_{place}_gate"] = forms.BooleanField(
                label=_("The candidate must not be worse on it"), required=False
            )

    def clean(self) -> dict[str, Any]:
        """Read the criteria; what does not fit is an error of its place."""
        cleaned = super().clean() or {}
        found = []
        for place in _PLACES:
            criterion = self._criterion(place, cleaned)
            if criterion is None:
                continue
            found.append(criterion)
            for error in criteria_errors([criterion]):
                missing = "question" if criterion.name else "name"
                self.add_error(f"criterion_{place}_{missing}", render(error))
        cleaned["criteria"] = tuple(found)
        return cleaned

    def _criterion(self, place: int, cleaned: dict[str, Any]) -> CriterionTerms | None:
        chosen = cleaned.get(f"criterion_{place}", "")
        name = cleaned.get(f"criterion_{place}_name", "")
        question = cleaned.get(f"criterion_{place}_question", "")
        gated = cleaned.get(f"criterion_{place}_gate", False)
        if chosen and chosen != OWN:
            if name or question:
                self.add_error(
                    f"criterion_{place}",
                    gettext("Choose “An own one” to use your name and question, or empty them."),
                )
            return CriterionTerms(code=chosen, gated=gated)
        if not chosen and (name or question or gated):
            self.add_error(
                f"criterion_{place}", gettext("Choose a criterion, or empty the other fields.")
            )
            return None
        return CriterionTerms(name=name, question=question, gated=gated) if chosen else None

    @classmethod
    def initial_of_criteria(cls, criteria: Iterable[CriterionTerms]) -> dict[str, Any]:
        """Return the fields that show these criteria."""
        shown: dict[str, Any] = {}
        for place, criterion in enumerate(criteria, start=1):
            shown |= {
                f"criterion_{place}": criterion.code or OWN,
                f"criterion_{place}_name": criterion.name,
                f"criterion_{place}_question": criterion.question,
                f"criterion_{place}_gate": criterion.gated,
            }
        return shown

    @property
    def criterion_fields(self) -> list[CriterionFields]:
        """Return the fields of each place."""
        parts = ("", "_name", "_question", "_gate")
        return [
            CriterionFields(place, *(self[f"criterion_{place}{part}"] for part in parts))
            for place in _PLACES
        ]

    @property
    def has_criteria(self) -> bool:
        """Whether any place is filled or has an error, so that the page shows them unfolded."""
        names = [f"criterion_{place}" for place in _PLACES]
        return any(self[name].value() for name in names) or any(
            error.startswith("criterion_") for error in self.errors
        )
