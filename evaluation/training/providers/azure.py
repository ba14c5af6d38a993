"""Fine-tuning jobs of Azure OpenAI: the interface of OpenAI with rules of its own.

docs/training.md, "Azure", says what differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datasets.versions.exports import PREFIXES, Flavour
from datasets.versions.preflight import FileRules
from evaluation.providers import openai as chat
from evaluation.providers.base import PermanentFailure
from evaluation.training.providers.base import (
    Capability,
    Hyperparameter,
    JobStatus,
    Plan,
    Service,
)
from evaluation.training.providers.openai import (
    CALL_SECONDS,
    OpenAITraining,
    optional_terms,
)
from reviewapp.core.messages import Message, message

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openai import OpenAI

API_PATH = "/openai/v1"
TIER = "trainingType"
AUTO = -1
"""What Azure reports, and takes, for a number that it chooses itself."""
FILE_FAILED = {"error", "failed", "deleted"}


class AzureTraining(OpenAITraining):
    """A resource of Azure OpenAI."""

    kind = "azure"
    label: str | Promise = _("Azure OpenAI")
    base_url = ""
    api_key_name = "AZURE_OPENAI_API_KEY"
    address_help: str | Promise = _("Of the resource: https://NAME.openai.azure.com")
    # Its form of a job with pairs was not tried, so none is offered.
    capabilities = OpenAITraining.capabilities - {Capability.EARLY_PAUSE, Capability.PREFERENCES}
    max_suffix_length = 18
    flavour = Flavour.AZURE
    rules = FileRules(starts_with_mark=True)
    has_list_prices = False
    filters_jobs = False
    statuses = {**OpenAITraining.statuses, "pending": JobStatus.VALIDATING}
    terms: tuple[str | Promise, ...] = (
        _(
            "A tuned model answers only after you deploy it in Azure, which costs money by the "
            "hour. Give the deployment the name of the model."
        ),
        _("Azure retires base models on days of its own. Look them up before you train."),
    )
    hyperparameters: tuple[Hyperparameter, ...] = (
        *(item for item in OpenAITraining.hyperparameters if not item.is_for_preferences),
        Hyperparameter(
            TIER,
            _("Where it is trained"),
            choices=(
                ("standard", _("in the region of the resource")),
                ("globalStandard", _("anywhere (global)")),
                ("developerTier", _("on idle capacity, may be interrupted (developer)")),
            ),
        ),
    )

    def address(self, base_url: str) -> str:
        """Return the address below which chat and jobs are, from that of the resource."""
        url = super().address(base_url)
        if not url or url.endswith(API_PATH):
            return url
        return f"{url.removesuffix('/openai')}{API_PATH}"

    def check(self, plan: Plan) -> list[Message]:
        """Return what Azure would reject in the files of a plan, with their byte order mark."""
        mark = len(PREFIXES[self.flavour])
        files = [replace(file, size_bytes=file.size_bytes + mark) for file in plan.files]
        return super().check(replace(plan, files=files))

    def model_kind(self, service: Service) -> str:
        """Return the kind by which a deployment is asked."""
        return chat.COMPATIBLE.kind

    def is_ready(self, service: Service, file_id: str) -> bool:
        """Return whether the file was imported; a job on one that was not is rejected."""
        with self._calling(service) as client:
            file = client.files.retrieve(file_id)
        if file.status in FILE_FAILED:
            details = str(file.status_details or file.status)
            raise PermanentFailure(
                "file_rejected", message("training.file_rejected", details=details)
            )
        return str(file.status) == "processed"

    def _terms(self, plan: Plan, files: Mapping[str, str], key: str) -> dict[str, Any]:
        """Return the terms of a job. It carries no key: it is found by its training file."""
        numbers = {name: v for name, v in plan.hyperparameters.items() if name != TIER}
        terms: dict[str, Any] = {"hyperparameters": numbers}
        if tier := plan.hyperparameters.get(TIER):
            terms["extra_body"] = {TIER: tier}
        return terms | optional_terms(plan, files)

    def _calling(
        self, service: Service, *, seconds: float = CALL_SECONDS
    ) -> AbstractContextManager[OpenAI]:
        from evaluation.training.providers.sdk import Dialect, calling  # noqa: PLC0415

        query = {}
        if version := settings.AZURE_OPENAI_API_VERSION:
            # Dated versions have the path without v1.
            service = replace(service, base_url=service.base_url.removesuffix("/v1"))
            query = {"api-version": version}
        return calling(service, seconds=seconds, dialect=Dialect("api-key", query))

    def _used(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the hyperparameters as used; what Azure chooses is shown as a word."""
        used = super()._used(values)
        return {name: "auto" if value == AUTO else value for name, value in used.items()}
