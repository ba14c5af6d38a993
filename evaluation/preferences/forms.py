"""Forms of preferences: which runs and which rule; retiring a test split."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.curation.actions.locking import MAX_REASON_LENGTH
from evaluation.preferences.actions.freezing import MAX_MIN_VOTES
from evaluation.preferences.models import Rule
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project

OFFERED_RUNS = 200


class PreferenceForm(ActionForm):
    """The closed runs whose votes are read, and the rule that decides a pair."""

    run_ids = forms.TypedMultipleChoiceField(
        label=_("Closed runs"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose a closed run.")},
    )
    rule = forms.ChoiceField(
        label=_("An answer is preferred by"),
        choices=Rule.choices,
        initial=Rule.MAJORITY,
        widget=forms.RadioSelect,
        help_text=_("Ties count as votes that are not for it."),
    )
    min_votes = forms.IntegerField(
        label=_("Votes for it, at least"), min_value=1, max_value=MAX_MIN_VOTES, initial=1
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the closed runs of the project, the newest first."""
        super().__init__(*args, **kwargs)
        closed = EvaluationRun.objects.filter(project=project, state=RunState.CLOSED)
        runs = list(closed.order_by("-pk").values_list("pk", "name")[:OFFERED_RUNS])
        self.has_runs = bool(runs)
        field = self.fields["run_ids"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = runs


class RetireTestSplitForm(ActionForm):
    """A reason for the audit trail, and a confirmation."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON_LENGTH,
        error_messages={"required": _("Give a reason for the audit trail.")},
    )
    confirmed = forms.BooleanField(
        label=_("Never judge a model on this split again."),
        error_messages={"required": _("Confirm that it judges no model any more.")},
    )

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the action, without the confirmation."""
        cleaned = super().clean() or {}
        return {name: cleaned[name] for name in cleaned if name != "confirmed"}
