"""Forms of a run's set-up page: the groups of its intents, and an action on it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from evaluation.batches.models import Fallback
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.setup_summary import IntentRow
from evaluation.runs.terms import IntentTerms
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput

Line = tuple[IntentRow, forms.BoundField, forms.BoundField, forms.BoundField]
"""An intent with its three fields: counted as, gate, own threshold."""


class IntentGroupsForm(forms.Form):
    """The group, gate and threshold of each intent; the fields are numbered as on the page."""

    def __init__(
        self, *args: Any, rows: list[IntentRow], is_watch_only: bool = False, **kwargs: Any
    ) -> None:
        """Create the fields of each row.

        Args:
            rows: the intents of the set.
            is_watch_only: whether an intent of this run is gated only by its own threshold.
        """
        super().__init__(*args, **kwargs)
        self.rows = rows
        for number, row in enumerate(rows):
            intent = {"intent": row.name}
            self.fields[f"counted-{number}"] = forms.CharField(
                label=gettext("“%(intent)s” is counted as") % intent,
                max_length=100,
                initial=row.counted_as,
            )
            self.fields[f"gated-{number}"] = forms.ChoiceField(
                label=gettext("Gate of “%(intent)s”") % intent,
                choices=[
                    (
                        "yes",
                        gettext("Watched, or gated by its own threshold")
                        if is_watch_only
                        else gettext("Gated"),
                    ),
                    ("no", gettext("Watched")),
                ],
                initial="yes" if row.is_gated else "no",
            )
            self.fields[f"threshold-{number}"] = forms.FloatField(
                label=gettext("Own threshold of “%(intent)s”") % intent,
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
            InvalidInput: the members of a group have different gates.
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
            gettext("The intents counted as “%(name)s” have different gates. Choose one for all.")
            % {"name": name}
        )
    gated, threshold = gates.pop()
    return IntentTerms(name, tuple(own for own, *_gate in members), gated, threshold)


class GenerationForm(forms.Form):
    """How the answers of a run are generated."""

    reuse_answers = forms.BooleanField(
        required=False,
        help_text=_("They are the answers to the same messages at the same settings."),
    )

    by_batch = forms.BooleanField(
        required=False,
        help_text=_("At half the price, within 24 hours. Their response times stay unknown."),
    )
    fallback = forms.ChoiceField(
        label=_("What a batch does not bring"),
        choices=Fallback.choices,
        initial=Fallback.DIRECT,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        reusable: int = 0,
        saved: str = "",
        by_batch: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """Name the stored answers, what they save, and the models that can be asked in batches."""
        super().__init__(*args, **kwargs)
        shown = {"n": formats.count(reusable), "usd": saved}
        label = ngettext("Reuse %(n)s stored answer", "Reuse %(n)s stored answers", reusable)
        if saved:
            label = ngettext(
                "Reuse %(n)s stored answer, which saves %(usd)s",
                "Reuse %(n)s stored answers, which saves %(usd)s",
                reusable,
            )
        self.fields["reuse_answers"].label = label % shown
        self.fields["by_batch"].label = gettext("Ask %(models)s in batches") % {
            "models": formats.listed(list(by_batch))
        }


class RunActionForm(forms.Form):
    """An action on a run, with its reason."""

    act = forms.ChoiceField(choices=[(action.value, action.value) for action in RunAction])
    reason = forms.CharField(required=False, max_length=2000)
