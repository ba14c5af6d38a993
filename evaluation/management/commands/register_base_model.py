"""`manage.py register_base_model`: let leads tune a model on this installation."""

from argparse import ArgumentParser
from typing import Any

from evaluation.training.local.bases import register_base, withdraw_base
from reviewapp.core.commands import TouchstoneCommand


class Command(TouchstoneCommand):
    """Registers a GGUF file or a folder in the format of Hugging Face as a base model."""

    help = "Register a base model for local trainings: a path below TRAINING_MODELS_DIR."
    example = "manage.py register_base_model llama-3.2-1b Llama-3.2-1B-Instruct-Q8_0.gguf"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add name and path."""
        parser.add_argument("name", help="what leads choose")
        parser.add_argument("path", nargs="?", help="GGUF file or folder, below an allowed folder")
        parser.add_argument(
            "--tokens-per-second",
            type=float,
            metavar="N",
            help="speed of a training here, to forecast the first one",
        )
        parser.add_argument("--withdraw", action="store_true", help="offer it no longer")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Register it, or offer it no longer."""
        name, path = options["name"], options["path"]
        if options["withdraw"]:
            withdraw_base(name=name)
            self.emit({"name": name, "is_offered": False})
            self.print_text(f"{name} is no longer offered.")
            return
        if not path:
            self.fail("Name the path of the model below TRAINING_MODELS_DIR.", code=2)
        base = register_base(name=name, path=path, tokens_per_second=options["tokens_per_second"])
        self.emit(
            {
                "name": base.name,
                "is_offered": True,
                "sha256": base.sha256,
                "context_tokens": base.context_tokens,
            }
        )
        self.print_text(f"{base.name} can be tuned; context: {base.context_tokens:,} tokens.")
