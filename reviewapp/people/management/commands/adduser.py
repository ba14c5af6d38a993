"""`manage.py adduser`: make a person a member of a project."""

from argparse import ArgumentParser
from typing import Any, ClassVar

from reviewapp.core.commands import TouchstoneCommand
from reviewapp.people.actions import members as people
from reviewapp.people.actions import projects
from reviewapp.people.lookup import find_project
from reviewapp.people.models import Role


class Command(TouchstoneCommand):
    """Adds a member; a new account gets a one-time password, printed once."""

    help = "Make a person a member of a project; a new account gets a one-time password."
    example: ClassVar[str] = "manage.py adduser ines@example.com --project aurora --role reviewer"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare who, where and as what."""
        parser.add_argument("email")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", default="", help="how the person is called on pages")
        parser.add_argument(
            "--create-project", action="store_true", help="make the project if there is none"
        )
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Add the member and print the password of a new account."""
        project = (
            projects.find_or_create_project(slug=options["project"])
            if options["create_project"]
            else find_project(options["project"])
        )
        member = people.add_member(
            project=project, email=options["email"], role=options["role"], name=options["name"]
        )
        self.emit(
            {
                "email": member.user.email,
                "project": project.slug,
                "role": options["role"],
                "created": member.password is not None,
                "password": member.password,
            }
        )
        self.print_text(f"{member.user.email} is now {options['role']} of {project.name}.")
        if member.password:
            self.print_text(f"One-time password, shown only now: {member.password}")
        else:
            self.print_text("The account existed; its password stays as it is.")
