"""Forms that promote, sign, decline, roll back, take out of service and declare."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from evaluation.promotion.models import Alias, AliasName
from evaluation.promotion.requests import MAX_TEXT_LENGTH
from evaluation.registry.models import ModelVersion
from reviewapp.core.forms import ActionForm

ID_DIGITS = 18
"""A longer number is no id."""


def _text(label: str, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "data-autogrow": True})
    return forms.CharField(
        label=label, max_length=MAX_TEXT_LENGTH, widget=area, help_text=help_text
    )


def _shown_id(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(min_value=1, max_value=10**ID_DIGITS - 1, **options)


class PromoteForm(ActionForm):
    """The arguments of `promotion.promote` besides the run.

    `refusals` says for each alias why it needs an override, empty where it needs none. `asks_for`
    is what the button said it would do: nothing more is done by it.
    """

    alias = forms.ChoiceField(label="Serve as", widget=forms.RadioSelect)
    note = _text("Note", "What this is expected to change, and what to watch.")
    override_reason = _text(
        "Reason for the override",
        "Why to promote although the gates do not allow it. The second lead reads it.",
    )

    def __init__(
        self, *args: Any, refusals: Mapping[str, str], asks_for: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.refusals, self.asks_for = refusals, asks_for
        field = self.fields["alias"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(name, self._label(name)) for name in refusals]
        reason = self.fields["override_reason"]
        # Needed for some aliases only, so the browser must not insist on it.
        reason.required, reason.is_needed = False, True  # type: ignore[attr-defined]
        if not self.needs_signature and not self["override_reason"].value():
            del self.fields["override_reason"]

    def _label(self, name: str) -> str:
        needs = "a second lead must sign" if self.refusals[name] else "no second signature needed"
        return f"{Alias.Name(name).label}: {needs}"

    @property
    def alias_shown(self) -> str:
        """The alias that is chosen now, production if it is none of the offered."""
        chosen = str(self["alias"].value())
        return chosen if chosen in self.refusals else Alias.Name.PRODUCTION

    @property
    def needs_signature(self) -> bool:
        """Whether the chosen alias needs a second lead."""
        return bool(self.refusals[self.alias_shown])

    def clean(self) -> dict[str, Any]:
        """Refuse what the button did not say, and an override without its reason."""
        cleaned = super().clean() or {}
        if "alias" not in cleaned:
            return cleaned
        shown = "signature" if self.needs_signature else "nothing"
        if self.asks_for and self.asks_for != shown:
            self.add_error("alias", self._other_button())
        elif self.needs_signature and not cleaned.get("override_reason"):
            self.add_error("override_reason", "Write the reason: a second lead has to sign it.")
        return cleaned

    def _other_button(self) -> str:
        if self.needs_signature:
            return "This alias needs a second lead and a reason. Nothing was changed yet."
        return "This alias needs no second signature. Nothing was changed yet: press Promote."


class SignForm(ActionForm):
    """The second lead's own words."""

    note = _text("Your note", "What you checked, and why you agree. It is stored under your name.")


class ReasonForm(ActionForm):
    """A reason, which is stored with what it explains."""

    reason = _text("Reason")


class EndServiceForm(ActionForm):
    """Why what serves is to serve no longer; `expected_promotion_id` is the
    promotion that the page showed."""

    reason = _text("Reason")
    expected_promotion_id = _shown_id(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, alias: Alias, what: str) -> None:
        self.alias = alias
        super().__init__(
            data,
            initial={"expected_promotion_id": alias.promotion_id},
            auto_id=f"{alias.name}-{what}-%s",
        )

    def show_current(self) -> None:
        """Let the next attempt rest on what the page shows now."""
        self.data = {name: self.data[name] for name in self.data} | {
            "expected_promotion_id": str(self.alias.promotion_id)
        }


class WithdrawModelForm(EndServiceForm):
    """The arguments of `promotion.withdraw_model`."""

    def __init__(self, data: Any = None, *, alias: Alias) -> None:
        super().__init__(data, alias=alias, what="out")
        self.fields[
            "reason"
        ].help_text = (
            f"Nothing takes its place: the API answers that no model serves as {alias.name}."
        )


class RollBackForm(EndServiceForm):
    """The arguments of `promotion.roll_back`; the models offered are those it may put back."""

    # The action says why a model is not allowed any more, in better words than a list could.
    to_model_id = _shown_id(label="Roll back to", widget=forms.Select, required=False)
    field_order = ("to_model_id", "reason")

    def __init__(self, data: Any = None, *, alias: Alias, targets: Iterable[ModelVersion]) -> None:
        super().__init__(data, alias=alias, what="back")
        field = self.fields["to_model_id"]
        field.is_needed = True  # type: ignore[attr-defined]
        widget = field.widget
        if isinstance(widget, forms.Select):
            widget.choices = [(model.pk, model.name) for model in targets]


class DeclareForm(ActionForm):
    """What serves already: the arguments of `promotion.declare`."""

    alias = forms.ChoiceField(label="Serves as", choices=Alias.Name.choices)
    model_id = forms.TypedChoiceField(label="Model", coerce=int)
    note = _text("Note", "Since when it serves, and how it got there.")

    def __init__(self, data: Any = None, *, project_id: int, unused: Iterable[AliasName]) -> None:
        """Offer the models of one project, and the aliases that were never used."""
        super().__init__(data, auto_id="declare-%s")
        offered = list(unused)
        alias, model = self.fields["alias"], self.fields["model_id"]
        # A used alias that is posted all the same is refused by the action, with the reason.
        if isinstance(alias.widget, forms.Select):
            alias.widget.choices = [(name.value, name.label) for name in offered]
        models = ModelVersion.objects.filter(project_id=project_id).order_by("name")
        if isinstance(model, forms.TypedChoiceField):
            model.choices = [(each.pk, each.name) for each in models]
        self.has_choices = bool(offered) and models.exists()
