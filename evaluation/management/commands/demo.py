"""`manage.py demo`: loads the demo project, Aurora Commerce; loading it again changes nothing."""

import time
from typing import Any, ClassVar

from django.conf import settings

from evaluation.demo import compared, curated, gold, people
from evaluation.training.local.bases import register_packaged_base
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.people.actions import projects
from reviewapp.people.actions import settings as project_settings
from reviewapp.people.models import Project, ProjectEvent

SLUG = "aurora"
LOADED = "load_demo"


class Command(TouchstoneCommand):
    """Loads people, policies, golden examples, models, runs and votes of the demo."""

    help = "Load the demo project, Aurora Commerce. A second time changes nothing."
    example: ClassVar[str] = "manage.py demo"

    def run(self, options: dict[str, Any]) -> None:
        """Load what is missing, and print the demo accounts."""
        began = time.monotonic()
        password = people.stored_password(settings.DATA_DIR)
        project = projects.find_or_create_project(slug=SLUG)
        loaded = ProjectEvent.objects.filter(project=project, action=LOADED)
        was_loaded = loaded.exists()
        if not was_loaded:
            self._load(project, password)
        else:
            people.add_people(project, password=password)
        register_packaged_base()
        self.emit(
            {
                "project": SLUG,
                "loaded": not was_loaded,
                "people": people.sign_in_list(password),
                "seconds": round(time.monotonic() - began, 3),
            }
        )
        self.print_text("The demo was loaded before." if was_loaded else "The demo is loaded.")
        for person in people.sign_in_list(password):
            self.print_text(f"{person['role']:10} {person['email']:24} {person['password']}")

    def _load(self, project: Project, password: str) -> None:
        """Run each step; a step continues where an interrupted one ended."""
        with self.progress(total=5, unit="steps") as bar:
            members = people.add_people(project, password=password)
            curated.set_up(project)
            bar.update()
            curated.import_examples(project, members)
            bar.update()
            curated.move_examples(project, members)
            curated.discuss(project, members)
            version = curated.freeze(project, members["ada"])
            bar.update()
            compared.register_models(project, version, members["ada"])
            gold.add_gold_checks(project, members["ada"])
            gold.set_languages(project, members)
            for plan in compared.RUNS:
                run = compared.make_run(project, plan, members["ada"])
                if plan.promote:
                    compared.finish(run, plan.promote, members)
            bar.update()
            project_settings.mark_as_demo(project_id=project.pk)
            ProjectEvent.objects.create(project=project, action=LOADED, after=SLUG)
            bar.update()
