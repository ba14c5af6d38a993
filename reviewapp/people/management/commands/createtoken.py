"""`manage.py createtoken`: an API token for a person, printed once."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from reviewapp.core.commands import TouchstoneCommand
from reviewapp.people.actions import members as people
from reviewapp.people.models import DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS, Scope


class Command(TouchstoneCommand):
    """Makes an API token; only its digest is kept."""

    help = "Create an API token for a person. It is printed once and cannot be shown again."
    example: ClassVar[str] = "manage.py createtoken ines@example.com --days 30 --scope serving"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare whose token it is, for how long and for what."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument(
            "--days",
            type=int,
            default=DEFAULT_TOKEN_DAYS,
            help=f"days until it expires, {MAX_TOKEN_DAYS} at most (default %(default)s)",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            dest="scopes",
            help="what it may be used for; may be repeated (default: everything)",
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Create the token and print it."""
        user = people.find_person(options["email"])
        made = people.create_token(
            user=user,
            name=options["name"],
            days=options["days"],
            scopes=options["scopes"] or tuple(Scope),
        )
        self.emit(
            {
                "email": user.email,
                "token": made.secret,
                "prefix": made.token.prefix,
                "scopes": made.token.scopes,
                "expires_at": made.token.expires_at,
            }
        )
        if not self.wants_json:
            self.stdout.write(made.secret)
        self.stderr.write("Keep it now: it is not stored and cannot be shown again.", self.plain)
