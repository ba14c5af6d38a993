"""`manage.py createtoken`: an API token for a person, printed once."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from datasets.actions import people
from datasets.management.base import TouchstoneCommand
from datasets.models import User


class Command(TouchstoneCommand):
    """Makes an API token; only its digest is kept."""

    help = "Make an API token for a person. It is printed once and cannot be shown again."
    example: ClassVar[str] = "manage.py createtoken ines@example.com"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose token it is."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the token is for")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Make the token and print it."""
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None:
            self.fail(f"There is no person “{email}”. Add them with adduser first.")
        made = people.create_token(user=user, name=options["name"])
        self.emit({"email": user.email, "token": made.secret, "prefix": made.token.prefix})
        if not self.wants_json:
            self.stdout.write(made.secret)
        self.stderr.write("Keep it now: it is not stored and cannot be shown again.", self.plain)
