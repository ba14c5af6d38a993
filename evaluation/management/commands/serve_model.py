"""`manage.py serve_model`: serve a model that was tuned here, or name the server that has it."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from evaluation.registry.actions.registry import set_address
from evaluation.registry.models import ModelVersion
from evaluation.training.local import serving
from evaluation.training.local.asking import serve_denied_reason
from evaluation.training.local.models import ServedModel, ServingState
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.texts import render_english

WAIT_SECONDS = 1.0


class Command(TouchstoneCommand):
    """Serves base and adapter by llama.cpp until Ctrl-C, or registers another server."""

    help = (
        "Serve a model that was tuned here by llama.cpp until Ctrl-C, and register its address. "
        "With --endpoint-url, register another server that has it, such as vLLM."
    )
    example = "manage.py serve_model aurora-smollm2-135m-v1-1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the model and the other server."""
        parser.add_argument("name", help="of the model in the registry")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a model")
        parser.add_argument("--endpoint-url", metavar="URL", help="of the Chat Completions API")
        parser.add_argument("--api-key-name", default="", metavar="NAME", help="of the key")
        parser.add_argument("--model-id", metavar="ID", help="what that server calls the model")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Serve it, or register the address."""
        model = self._find(options["name"], options["project"])
        if options["endpoint_url"]:
            self._register(model, options)
        else:
            self._serve(model)

    def _find(self, name: str, slug: str | None) -> ModelVersion:
        found = ModelVersion.objects.filter(name=name).select_related(
            "project", "checkpoint__training"
        )
        models = list(found.filter(project__slug=slug) if slug else found)
        if not models:
            self.fail(f"There is no model “{name}”. The page Models lists them.")
        if len(models) > 1:
            self.fail("Several projects have such a model. Name one by --project.")
        return models[0]

    def _register(self, model: ModelVersion, options: dict[str, Any]) -> None:
        checkpoint = getattr(model, "checkpoint", None)
        known = checkpoint.model_id if checkpoint else model.name
        served = set_address(
            model_id=model.pk,
            base_url=options["endpoint_url"],
            api_key_name=options["api_key_name"],
            served_as=options["model_id"] or known,
            actor=None,
        )
        self._report(served, options["endpoint_url"])

    def _serve(self, model: ModelVersion) -> None:
        if denied := serve_denied_reason(model):
            self.fail(render_english(denied))
        row, _made = ServedModel.objects.get_or_create(
            model_version=model,
            # Stopped: no worker shall serve it beside this command.
            defaults={"state": ServingState.STOPPED, "asked_at": timezone.now()},
        )
        row.port = serving.free_port(row)
        row.save(update_fields=["port"])
        server = subprocess.Popen(serving.server_command(row, row.port))
        try:
            self._await(server, row)
            serving.mark_served(row)
            self._report(model, serving.address(row.port))
            server.wait()
        except KeyboardInterrupt:
            self.print_text("Stopped.")
        finally:
            server.terminate()
            server.wait()

    def _await(self, server: "subprocess.Popen[bytes]", row: ServedModel) -> None:
        while not serving.answers(row.port or 0):
            try:
                server.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            self.fail("The server ended; its output above says why.")

    def _report(self, model: ModelVersion, url: str) -> None:
        self.emit({"model": model.name, "base_url": url})
        self.print_text(f"{model.name} answers at {url}.")
        sys.stdout.flush()
