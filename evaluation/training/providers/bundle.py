"""Trainings on a machine that a person chooses: the provider is the bundle that is handed over.

Nothing is sent. `create` makes the row that the bundle reports to; the other verbs read what it
reported, or write what the next report is answered with.
"""

from collections.abc import Collection, Mapping
from typing import IO

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.providers.base import PermanentFailure
from evaluation.providers.kinds import UNSERVED
from evaluation.training.bundle import reading
from evaluation.training.bundle.models import Bundle, Wanted
from evaluation.training.models import TrainingRun
from evaluation.training.providers.base import (
    NOT_THERE,
    OWN_TRAINER,
    Capability,
    Estimate,
    Figures,
    Hyperparameter,
    JobReport,
    Plan,
    ProviderDefaults,
    ReportedCheckpoint,
    ReportedEvent,
    Service,
)
from reviewapp.core.messages import message

EPOCHS = "epochs"
ASSUMED_EPOCHS = 3


class BundleTraining(ProviderDefaults):
    """A bundle for any machine or cluster."""

    kind = "bundle"
    label: str | Promise = _("A machine of your own, by a bundle")
    base_url = api_key_name = ""
    has_endpoint = False
    is_free = True
    # Its trainer always begins with the base model.
    capabilities = frozenset(Capability) - {Capability.CONTINUE, Capability.LIMITS}
    rules = OWN_TRAINER
    max_suffix_length = 0
    max_seed = 2**31 - 1
    terms: tuple[str | Promise, ...] = (
        _("You download a bundle and run it where you like; it reports back over the network."),
        _("The base model must be on that machine: a GGUF file, or a folder of Hugging Face."),
    )
    hyperparameters: tuple[Hyperparameter, ...] = (
        Hyperparameter(EPOCHS, _("Epochs"), minimum=1, maximum=50, default=ASSUMED_EPOCHS),
        Hyperparameter("batch_size", _("Batch size"), minimum=1, maximum=1024),
        Hyperparameter(
            "learning_rate", _("Learning rate"), above=0, maximum=1, default=2e-4, is_whole=False
        ),
        Hyperparameter("rank", _("LoRA rank"), minimum=1, maximum=512),
        Hyperparameter(
            *("beta", _("Beta (preferences)")),
            above=0,
            maximum=2,
            is_whole=False,
            is_for_preferences=True,
        ),
        Hyperparameter("max_tokens", _("Tokens an example may have"), minimum=1, maximum=1_000_000),
    )

    def estimate(self, plan: Plan) -> Estimate:
        """Return the tokens of the training file, as often as it is read."""
        given = plan.number(EPOCHS)
        epochs = int(given or ASSUMED_EPOCHS)
        tokens = sum(file.tokens for file in plan.files if file.split == "train")
        return Estimate(tokens * epochs, epochs, is_epochs_assumed=given is None)

    def model_kind(self, service: Service) -> str:
        """Return the kind of a model that is not served yet."""
        return UNSERVED

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Return the name: the bytes go into the bundle when it is downloaded."""
        return name

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return nothing: no file is anywhere else."""
        return []

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Make the row that the bundle reports to."""
        training = TrainingRun.objects.get(key=key)
        bundle, _made = Bundle.objects.get_or_create(training=training)
        return reading.report_of(bundle)

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the report of the bundle, if its row was made."""
        found = Bundle.objects.filter(training__key=key).select_related("training")
        return [reading.report_of(bundle) for bundle in found]

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state that the bundle reported."""
        return reading.report_of(_bundle(job_id))

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return the events that are not known yet, the oldest first."""
        return reading.events_of(_bundle(job_id), known)

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Return the adapters whose files have all arrived."""
        return reading.checkpoints_of(_bundle(job_id))

    def result(self, service: Service, file_id: str) -> bytes:
        """Raise: a bundle has no result files."""
        raise NotImplementedError

    def figures_of(self, content: bytes) -> list[Figures]:
        """Return nothing: the figures are in the events."""
        return []

    def cancel(self, service: Service, job_id: str) -> None:
        """Ask the trainer to stop; one that does not report is cancelled here."""
        bundle = _bundle(job_id)
        Bundle.objects.filter(pk=bundle.pk).update(wanted=Wanted.CANCEL)
        if bundle.last_report_at is None or reading.is_silent(bundle):
            Bundle.objects.filter(pk=bundle.pk, cancelled_at=None).update(
                cancelled_at=timezone.now()
            )

    def pause(self, service: Service, job_id: str) -> None:
        """Ask the trainer to pause."""
        Bundle.objects.filter(training__key=job_id, wanted=Wanted.RUN).update(wanted=Wanted.PAUSE)

    def resume(self, service: Service, job_id: str) -> None:
        """Ask the trainer to go on."""
        Bundle.objects.filter(training__key=job_id, wanted=Wanted.PAUSE).update(wanted=Wanted.RUN)

    def delete_file(self, service: Service, file_id: str) -> None:
        """Do nothing: nothing was uploaded."""


def _bundle(job_id: str) -> Bundle:
    found = Bundle.objects.select_related("training").filter(training__key=job_id).first()
    if found is None:
        raise PermanentFailure(NOT_THERE, message("training.no_bundle"))
    return found
