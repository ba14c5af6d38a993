"""The bases of forms whose fields are the arguments of one action."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from reviewapp.core.errors import DomainError, InvalidInput, PermissionDeniedError

T = TypeVar("T")


class ActionForm(forms.Form):
    """A form that comes back with its fields filled and the error at the field.

    A view renders its page with the form again when `perform` returned None; `status` is the status
    of that answer. Errors in `passes_on` are left to the view.
    """

    status = HTTPStatus.OK
    passes_on: tuple[type[DomainError], ...] = ()

    def perform(self, action: Callable[..., T]) -> T | None:
        """Call the action with the valid fields; return its result, or None if it was rejected.

        The error is added to the field that it names, or above the fields.
        """
        if not self.is_valid():
            self.status = HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            try:
                return action(**self.cleaned_data)
            except self.passes_on:
                raise
            except DomainError as error:
                self.status = _status_of(error)
                for part in error.errors or [error]:
                    self.add_error(part.field if part.field in self.fields else None, str(part))
        self._focus_error()
        return None

    def _focus_error(self) -> None:
        """Focus the first field with an error, or the first field if the whole form has one."""
        names = [bound.name for bound in self.visible_fields()]
        wrong = [name for name in names if name in self.errors]
        for name in (wrong or names)[:1]:
            self.fields[name].widget.attrs["autofocus"] = True


def _status_of(error: DomainError) -> HTTPStatus:
    if isinstance(error, PermissionDeniedError):
        return HTTPStatus.FORBIDDEN
    if isinstance(error, InvalidInput):
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.CONFLICT


class JsonFileForm(ActionForm):
    """A file of exported JSON; the argument of its action is the document.

    Attributes:
        max_bytes: how large a file may be.
    """

    max_bytes: ClassVar[int]

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean(self) -> dict[str, Any]:
        """Return the document in the file."""
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        size = given["file"].size
        if size > self.max_bytes:
            sentence = _(
                "This file has %(size)s; the limit is %(limit)s. "
                "Choose a file that was exported here."
            )
            shown = {"size": filesizeformat(size), "limit": filesizeformat(self.max_bytes)}
            self.add_error("file", sentence % shown)
            return given
        try:
            document = json.loads(given["file"].read())
        except (ValueError, RecursionError):
            self.add_error("file", _("This is not JSON. Choose a file that was exported here."))
            return given
        return {"document": document}
