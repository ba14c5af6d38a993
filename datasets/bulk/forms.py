"""Forms of bulk actions: the selection, what a kind needs, the confirmation."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from datasets.assignments.permissions import check_due, editors_of
from datasets.bulk.actions.deciding import NEEDS_REASON, TAKES_COMMENT
from datasets.bulk.dealing import DealRule
from datasets.bulk.models import BulkAction, BulkKind, Stage
from datasets.bulk.replacing import Replacement
from datasets.conversations import chat
from datasets.conversations.messages import line_feeds
from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.actions.findings import replaceable_findings
from datasets.curation.actions.locking import MAX_REASON_LENGTH
from datasets.curation.actions.reviews import MAX_COMMENT_LENGTH
from datasets.curation.choices import choices_by_code
from datasets.curation.editing import SELECTABLE_ROLES, split_words
from datasets.curation.filters import ExampleFilter
from datasets.curation.models import Policy
from datasets.curation.texts import ROLE_LABELS, role_label
from datasets.inspections.characters import INVISIBLE_CHARACTER
from datasets.inspections.structure import MISSING_SYSTEM
from datasets.inspections.texts import PERSONAL_DATA
from datasets.inspections.voice_rules import VOICE_PREFIX
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import User


class ParamsForm(ActionForm):
    """What a kind needs; its cleaned fields are the parameters of the bulk action."""

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        kwargs.setdefault("initial", action.params)
        super().__init__(*args, **kwargs)
        self.action = action

    def params(self) -> dict[str, Any]:
        """Return the parameters for `choose_params`."""
        return dict(self.cleaned_data)

    def clean(self) -> dict[str, Any]:
        """Return the one argument of the action."""
        self.cleaned_data = super().clean() or self.cleaned_data
        return self.cleaned_data if self.errors else {"params": self.params()}


class LabelForm(ParamsForm):
    """New labels; an empty field keeps what the examples have."""

    intent = forms.CharField(label=gettext_lazy("Set the intent"), required=False, max_length=100)
    no_intent = forms.BooleanField(label=gettext_lazy("Remove the intent"), required=False)
    language = forms.CharField(
        label=gettext_lazy("Set the language"), required=False, max_length=12
    )
    add_tags = forms.CharField(
        label=gettext_lazy("Add tags"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Separated by commas."),
    )
    remove_tags = forms.CharField(
        label=gettext_lazy("Remove tags"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Separated by commas."),
    )
    add_policies = forms.MultipleChoiceField(
        label=gettext_lazy("Add policies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    remove_policies = forms.MultipleChoiceField(
        label=gettext_lazy("Remove policies"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        params = action.params
        tags = {
            name: ", ".join(params[name]) for name in ("add_tags", "remove_tags") if name in params
        }
        super().__init__(*args, action=action, initial={**params, **tags}, **kwargs)
        policies = Policy.objects.filter(project=action.project).values_list("slug", "title")
        for name in ("add_policies", "remove_policies"):
            if policies:
                self.fields[name].choices = list(policies)  # type: ignore[attr-defined]
            else:
                del self.fields[name]

    def params(self) -> dict[str, Any]:
        """Return the labels as an import would store them."""
        given = self.cleaned_data
        row = {
            "messages": [{"role": "user", "content": "-"}],
            "intent": given["intent"],
            "language": given["language"],
            "tags": split_words(given["add_tags"]),
        }
        try:
            content = chat.normalise(row)
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error
        params = {
            "intent": content.intent,
            "no_intent": given["no_intent"],
            "language": content.language,
            "add_tags": content.tags,
            "remove_tags": [chat.normalise_name(tag) for tag in split_words(given["remove_tags"])],
            "add_policies": given.get("add_policies", []),
            "remove_policies": given.get("remove_policies", []),
        }
        if not any(params.values()):
            raise forms.ValidationError(gettext("Fill in at least one field."))
        if content.intent and given["no_intent"]:
            raise forms.ValidationError(gettext("Set the intent, or remove it, but not both."))
        return params


class AssignForm(ParamsForm):
    """The members who get the examples, by which rule and until when."""

    assignees = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Assign to"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    unassign = forms.BooleanField(label=gettext_lazy("Assign to nobody"), required=False)
    rule = forms.ChoiceField(
        label=gettext_lazy("If several are chosen"),
        choices=DealRule.choices,
        widget=forms.RadioSelect,
        initial=DealRule.EVEN,
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due on"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    skips_assigned = forms.BooleanField(
        label=gettext_lazy("Leave out examples that are assigned already"), required=False
    )

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        super().__init__(*args, action=action, **kwargs)
        # Either members or nobody must be chosen, so neither is marked as optional.
        self.fields["assignees"].is_needed = True  # type: ignore[attr-defined]
        self.fields["assignees"].choices = [  # type: ignore[attr-defined]
            (editor.pk, str(editor)) for editor in editors_of(action.project)
        ]

    def params(self) -> dict[str, Any]:
        """Return the ids of the members, the rule, and the day as ISO 8601."""
        given = self.cleaned_data
        if bool(given["assignees"]) == given["unassign"]:
            text = gettext("Choose at least one member, or “Assign to nobody”.")
            raise forms.ValidationError({"assignees": text})
        due_on = None if given["unassign"] else given["due_on"]
        try:
            check_due(due_on)
        except InvalidInput as error:
            raise forms.ValidationError({"due_on": str(error)}) from error
        return {**given, "due_on": due_on.isoformat() if due_on else ""}


class SplitForm(ParamsForm):
    """The split that overrides the drawn one."""

    DRAWN: Final = "drawn"

    split = forms.ChoiceField(label=pgettext_lazy("of a dataset", "Split"))

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        split = action.params.get("split")
        initial = {"split": self.DRAWN} if split == "" else {"split": split}
        super().__init__(*args, action=action, initial=initial, **kwargs)
        drawn = (self.DRAWN, gettext("Drawn when a version is frozen"))
        self.fields["split"].choices = [*SPLIT_LABELS.items(), drawn]  # type: ignore[attr-defined]

    def params(self) -> dict[str, Any]:
        """Return the split; empty for the drawn one."""
        split = self.cleaned_data["split"]
        return {"split": "" if split == self.DRAWN else split}


class FindingsForm(ParamsForm):
    """The kind of findings to replace, of those that the selected examples have."""

    code = forms.ChoiceField(
        label=gettext_lazy("Findings to replace"),
        error_messages={"required": gettext_lazy("Choose the findings to replace.")},
    )

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        listed = ExampleFilter.from_query(QueryDict(action.query)).findings
        earlier = action.params
        if "code" in earlier:
            listed = self.value_of(earlier["code"], earlier.get("choice", ""))
        super().__init__(*args, action=action, **kwargs)
        revisions = action.items.order_by().values("revision")
        found = replaceable_findings(action.project).filter(revision__in=revisions).order_by()
        codes = found.values_list("code").annotate(count=Count("pk")).order_by("-count")
        options = [(code, _counted(_finding_name(code), count)) for code, count in codes]
        groups = self._chosen(revisions)
        self.fields["code"].choices = [*options, *groups]  # type: ignore[attr-defined]
        # Of several texts, the first.
        in_groups = (value for _name, choices in groups for value, _text in choices)
        same_rule = (value for value in in_groups if value.startswith(f"{listed}:"))
        self.initial = {"code": next(same_rule, listed)}

    def _chosen(self, revisions: "QuerySet[Any]") -> list[tuple[str, Any]]:
        """Return a group of what can be added for each rule that leaves a choice."""
        groups: list[tuple[str, Any]] = []
        for code, offered in choices_by_code(self.action.project).items():
            found = replaceable_findings(self.action.project, code, offered[0].value)
            if count := found.filter(replacement="", revision__in=revisions).count():
                options = [(self.value_of(code, choice.value), choice.name) for choice in offered]
                groups.append((_counted(_finding_name(code), count), options))
        return groups

    @staticmethod
    def value_of(code: str, choice: str) -> str:
        """Return the value of the option with this choice; no form alters it, as it does lines."""
        return (
            f"{code}:{sha256(choice.encode(errors='replace')).hexdigest()[:12]}" if choice else code
        )

    def params(self) -> dict[str, Any]:
        """Return the code of the findings, and what is added for them."""
        code, _, digest = self.cleaned_data["code"].partition(":")
        offered = choices_by_code(self.action.project).get(code, ()) if digest else ()
        texts = [choice.value for choice in offered]
        chosen = [text for text in texts if self.value_of(code, text).endswith(digest)]
        return {"code": code, "choice": "".join(chosen)}

    @property
    def is_empty(self) -> bool:
        """Whether no selected example has a finding that can be replaced."""
        return not self.fields["code"].choices  # type: ignore[attr-defined]


def _counted(name: str, count: int) -> str:
    return f"{name} ({formats.count(count)})"


def _finding_name(code: str) -> str:
    if code == INVISIBLE_CHARACTER:
        return gettext("invisible characters")
    if code == MISSING_SYSTEM:
        return gettext("missing system message")
    if code.startswith(VOICE_PREFIX):
        name = code.removeprefix(VOICE_PREFIX).replace("_", " ")
        return gettext("house voice: %(name)s") % {"name": name}
    return str(PERSONAL_DATA.get(code.removeprefix("personal_"), code.replace("_", " ")))


class ReplaceTextForm(ParamsForm):
    """What to find in the messages of some roles, and what to put there."""

    find = forms.CharField(
        label=gettext_lazy("Find"),
        max_length=1000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        error_messages={"required": gettext_lazy("Enter the text to find.")},
    )
    by = forms.CharField(
        label=gettext_lazy("Replace with"),
        required=False,
        max_length=1000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=gettext_lazy("Leave it empty to remove the text."),
    )
    is_regex = forms.BooleanField(
        label=gettext_lazy("Regular expression"),
        required=False,
        help_text=gettext_lazy("The replacement may name its groups, such as \\1."),
    )
    ignores_case = forms.BooleanField(
        label=gettext_lazy("Ignore upper and lower case"), required=False
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("In messages of"),
        choices=[(role, ROLE_LABELS[role]) for role in SELECTABLE_ROLES],
        initial=["assistant"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one role.")},
    )

    def params(self) -> dict[str, Any]:
        """Return the replacement, whose expression is valid."""
        given = dict(self.cleaned_data)
        given["find"], given["by"] = line_feeds(given["find"]), line_feeds(given["by"])
        try:
            Replacement.from_params(given).check()
        except InvalidInput as error:
            raise forms.ValidationError({"find": str(error)}) from error
        return given


PARAMS_FORMS: dict[str, type[ParamsForm]] = {
    BulkKind.LABEL: LabelForm,
    BulkKind.ASSIGN: AssignForm,
    BulkKind.SPLIT: SplitForm,
    BulkKind.REPLACE_FINDINGS: FindingsForm,
    BulkKind.REPLACE_TEXT: ReplaceTextForm,
}


def chosen_values(action: BulkAction) -> list[tuple[str, str]]:
    """Return label and value of what was entered for a bulk action, in the order of its form."""
    fields = PARAMS_FORMS[action.kind].base_fields if action.kind in PARAMS_FORMS else {}
    labels = {name: field.label for name, field in fields.items()}
    if action.kind == BulkKind.REPLACE_FINDINGS:
        labels["choice"] = gettext("Added")
    if action.stage == Stage.CHANGING:
        is_comment = action.kind in TAKES_COMMENT
        labels["reason"] = gettext("Comment") if is_comment else gettext("Reason")
    return [
        (str(label), _shown(name, action.params[name]))
        for name, label in labels.items()
        if name in action.params and (action.params[name] or name == "split")
    ]


_SHOWN: dict[str, Callable[[Any], str]] = {
    "split": lambda value: (
        str(SPLIT_LABELS[value]) if value else gettext("Drawn when a version is frozen")
    ),
    "assignees": lambda value: formats.listed(
        [*User.objects.filter(pk__in=value).order_by("name", "email")]
    ),
    "rule": lambda value: str(DealRule(value).label),
    "due_on": lambda value: formats.day(date.fromisoformat(value)),
    "code": _finding_name,
    "roles": lambda value: formats.listed([role_label(role) for role in value]),
}


def _shown(name: str, value: Any) -> str:
    if name in _SHOWN:
        return _SHOWN[name](value)
    if value is True:
        return pgettext("answer", "yes")
    return formats.listed(value) if isinstance(value, list) else str(value)


class ConfirmForm(ActionForm):
    """The confirmation of a preview, with a reason or comment where the kind takes one."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        error_messages={"required": gettext_lazy("Give the reason, for the other members.")},
    )

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        # One that is repeated begins with the reason of the first.
        kwargs["initial"] = {"reason": action.params.get("reason", "")}
        super().__init__(*args, **kwargs)
        if action.kind not in NEEDS_REASON | TAKES_COMMENT:
            del self.fields["reason"]
            return
        field = self.fields["reason"]
        is_short = action.kind in {BulkKind.REOPEN, BulkKind.RETIRE, BulkKind.DELETE}
        field.max_length = MAX_REASON_LENGTH if is_short else MAX_COMMENT_LENGTH  # type: ignore[attr-defined]
        field.widget.attrs["maxlength"] = field.max_length  # type: ignore[attr-defined]
        if action.kind in TAKES_COMMENT:
            field.required, field.label = False, gettext("Comment")
