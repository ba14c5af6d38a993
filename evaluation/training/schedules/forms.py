"""The form of a schedule."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.versions.splits import WHOLE
from evaluation.training.schedules.models import MAX_CHANGELOG, MAX_NAME, TrainingSchedule
from evaluation.training.schedules.recurrence import Every, Rule
from evaluation.training.schedules.terms import ScheduleTerms, examples_for_like
from evaluation.training.schedules.wording import NUMBER_LABELS
from evaluation.training.windows.forms import clock_field
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project

MAX_COUNT = 1_000_000
WEEKLY = "week"


class RuleForm(ActionForm):
    """A recurring date."""

    weekday = forms.TypedChoiceField(
        label=_("Day"), coerce=int, choices=list(WEEKDAYS.items()), initial=0
    )
    number = forms.ChoiceField(
        label=_("How often"),
        choices=[*((str(n), label) for n, label in NUMBER_LABELS.items()), (WEEKLY, _("weekly"))],
        initial="1",
    )
    at = clock_field(label=_("Time"), initial="02:00")

    def rule(self) -> Rule:
        """Return what was entered as a rule."""
        number, weekday = self.cleaned_data["number"], self.cleaned_data["weekday"]
        if number == WEEKLY:
            return Rule(Every.WEEK, weekday, self.cleaned_data["at"])
        return Rule(Every.MONTH, weekday, self.cleaned_data["at"], int(number))


class ScheduleForm(RuleForm):
    """Everything that a lead sets of a schedule."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME)
    min_changed = forms.IntegerField(
        label=_("Least changed examples"),
        min_value=1,
        max_value=MAX_COUNT,
        initial=20,
        help_text=_("Approved examples that are new or reworded since the last training."),
    )
    changelog = forms.CharField(
        label=_("What changed, for the versions"),
        max_length=MAX_CHANGELOG,
        widget=forms.Textarea(attrs={"rows": 2, "data-autogrow": True}),
    )
    like_id = forms.TypedChoiceField(
        label=_("Terms"),
        coerce=int,
        help_text=_("Provider, base model and settings are those of this training."),
    )
    replay_percent = forms.IntegerField(
        label=_("Mini-batch: replay (%)"),
        required=False,
        min_value=0,
        max_value=WHOLE,
        help_text=_(
            "Empty freezes everything approved. A number freezes what changed, with this share "
            "of the rest."
        ),
    )
    continues_last = forms.BooleanField(
        label=_("Train the last tuned model further, instead of the base model"), required=False
    )
    starts_itself = forms.BooleanField(
        label=_("Start without a click, up to a limit of cost"), required=False
    )
    limit_usd = forms.IntegerField(
        label=_("Limit of cost (US dollars)"),
        required=False,
        min_value=1,
        max_value=MAX_COUNT,
        help_text=_("Of each training. The budget of the month holds too."),
    )
    in_window = forms.BooleanField(label=_("Start it in the next time window"), required=False)

    WHEN = ("number", "weekday", "at")
    WHAT = ("name", "min_changed", "changelog", "like_id", "replay_percent", "continues_last")
    START = ("starts_itself", "limit_usd", "in_window")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the trainings of the project."""
        super().__init__(*args, **kwargs)
        label = gettext("Training %(number)s: %(base)s on version %(version)s")
        choices = [
            (
                training.pk,
                label
                % {
                    "number": training.pk,
                    "base": training.base_model,
                    "version": training.version.number,
                },
            )
            for training in examples_for_like(project)
        ]
        field = self.fields["like_id"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = choices
        self.has_trainings = bool(choices)

    def when_fields(self) -> list[forms.BoundField]:
        """Return the recurring date."""
        return [self[name] for name in self.WHEN]

    def what_fields(self) -> list[forms.BoundField]:
        """Return what is frozen and trained."""
        return [self[name] for name in self.WHAT]

    def start_fields(self) -> list[forms.BoundField]:
        """Return who starts it."""
        return [self[name] for name in self.START]

    def terms(self) -> ScheduleTerms:
        """Return what was entered, for the action."""
        data, rule = self.cleaned_data, self.rule()
        return ScheduleTerms(
            name=data["name"],
            every=rule.every.value,
            weekday=rule.weekday,
            number=rule.number,
            at=rule.at,
            min_changed=data["min_changed"],
            like_id=data["like_id"],
            changelog=data["changelog"],
            continues_last=data["continues_last"],
            replay_percent=data["replay_percent"],
            starts_itself=data["starts_itself"],
            limit_usd=data["limit_usd"],
            in_window=data["in_window"],
        )


def initial_of(schedule: TrainingSchedule) -> dict[str, Any]:
    """Return the values of a schedule for its form."""
    names = ("name", "weekday", "at", "min_changed", "changelog", "like_id")
    kept = ("continues_last", "replay_percent", "starts_itself", "limit_usd", "in_window")
    values = {name: getattr(schedule, name) for name in (*names, *kept)}
    is_weekly = schedule.every == Every.WEEK
    return {**values, "number": WEEKLY if is_weekly else str(schedule.number)}
