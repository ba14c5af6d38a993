"""`manage.py changepassword`: a new one-time password for a person, printed once."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from reviewapp.core.commands import TouchstoneCommand
from reviewapp.people.actions import members as people


class Command(TouchstoneCommand):
    """Replaces a forgotten password; takes the place of Django's command of this name."""

    help = "Give a person a new one-time password. Their sessions and API tokens end."
    example: ClassVar[str] = "manage.py changepassword ines@example.com"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose password it is."""
        parser.add_argument("email")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Set the password and print it."""
        user = people.find_person(options["email"])
        password = people.give_one_time_password(user=user)
        self.emit({"email": user.email, "password": password})
        self.print_text(f"One-time password of {user.email}, shown only now: {password}")
        self.print_text("They choose their own after signing in. Their API tokens are revoked.")
