"""An example reported as broken: what happens to it, and who sees it."""

import pytest
from django.test import Client

from datasets.comments.models import Thread
from datasets.curation.actions import reopen
from datasets.curation.models import GoldenExample
from evaluation.results.actions.set_aside import restore_comparison
from evaluation.runs.models import Comparison
from evaluation.voting.actions import leases
from evaluation.voting.actions.broken import report_broken
from reviewapp.people.models import Role, User
from tests.factories.examples import make_approved_example
from tests.factories.people import make_member
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
NOTE = "The question is cut off"


class Report:
    """A report on the first comparison of a run, whose prompts come from a golden example."""

    def __init__(self, *, votes_needed: int = 1, is_golden: bool = True, examples: int = 4) -> None:
        self.example: GoldenExample = make_approved_example()
        self.project = self.example.project
        revision = self.example.latest_revision if is_golden else None
        self.run, (self.ann, self.bob) = make_small_run(
            project=self.project, revision=revision, votes=votes_needed, examples=examples
        )
        self.lead = make_member(self.project, Role.LEAD)

    def report(self) -> Comparison:
        served = leases.lease_comparisons(run_id=self.run.pk, actor=self.ann)[0]
        return report_broken(actor=self.ann, lease_id=served.public_id, note=NOTE).comparison

    def page(self, client: Client, user: User, address: str) -> str:
        client.force_login(user)
        return client.get(f"/p/{self.project.slug}/{address}").content.decode()


def test_a_report_reaches_annotators_with_its_note(client: Client) -> None:
    broken = Report()
    broken.report()
    annotator = make_member(broken.project, Role.ANNOTATOR)
    home = broken.page(client, annotator, "")
    assert "that reviewers reported as broken while voting" in home
    assert f"/examples/{broken.example.pk}/" in home
    page = broken.page(client, annotator, f"examples/{broken.example.pk}/")
    assert f"{broken.ann} reported this example as broken" in page
    assert NOTE in page
    queue = broken.page(client, annotator, "examples/?state=draft")
    assert f"/examples/{broken.example.pk}/" in queue


def test_a_report_on_an_example_that_is_being_worked_on_leaves_an_event(client: Client) -> None:
    broken = Report()
    reopen(example_id=broken.example.pk, actor=broken.lead, reason="Typo.")
    broken.report()
    event = broken.example.events.latest("pk")
    assert (event.action, event.before, event.after) == ("report_broken", "draft", "draft")
    assert event.reason == NOTE
    annotator = make_member(broken.project, Role.ANNOTATOR)
    page = broken.page(client, annotator, f"examples/{broken.example.pk}/")
    assert f"{broken.ann} reported this example as broken" in page


@pytest.mark.parametrize(
    ("is_golden", "sentence"),
    [
        (True, "Its golden example is opened again for curation, with your note."),
        (False, "The leads of this run read your note and can put it back."),
    ],
)
def test_the_dialog_says_what_a_report_does(
    client: Client,
    *,
    is_golden: bool,
    sentence: str,
) -> None:
    broken = Report(is_golden=is_golden)
    assert sentence in broken.page(client, broken.ann, f"vote/{broken.run.pk}/")


def test_a_report_opens_a_thread_that_tells_only_what_is_broken(client: Client) -> None:
    broken = Report(examples=1)
    comparison = broken.report()
    [thread] = Thread.objects.filter(example=broken.example)
    [comment] = thread.comments.all()
    assert (thread.source, comment.author, comment.body) == ("broken", broken.ann, NOTE)
    annotator = make_member(broken.project, Role.ANNOTATOR)
    assert "talk=open" not in broken.page(client, annotator, "examples/?talk=unread&state=approved")
    assert f"/examples/{broken.example.pk}/" in broken.page(
        client, annotator, "examples/?talk=unread"
    )
    # What a reviewer of the open run who may correct the example receives of it.
    page = broken.page(client, broken.bob, f"examples/{broken.example.pk}/")
    shown = page[page.index('id="threads"') : page.index("</section>", page.index('id="threads"'))]
    assert NOTE in shown
    run = broken.run
    for secret in (run.name, run.candidate.name, run.baseline.name, f"runs/{run.pk}"):
        assert secret not in shown
    event = thread.events.get()
    assert (event.reason, event.detail) == ("", {"comment": comment.pk})
    restore_comparison(comparison_id=comparison.pk, actor=broken.lead, reason="It is fine.")
    client.force_login(broken.bob)
    hidden = client.get(f"/p/{broken.project.slug}/examples/{broken.example.pk}/")
    assert hidden.status_code == 403, "he compares it again"
    assert "unread" not in broken.page(client, broken.bob, "examples/").lower().split("<tbody>")[1]


def test_a_prompt_from_a_file_opens_no_thread() -> None:
    Report(is_golden=False).report()
    assert not Thread.objects.exists()
