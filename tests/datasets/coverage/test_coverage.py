"""Coverage: counts by labels, targets, what is missing, and what to curate next."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from datasets.assignments.models import Assignment
from datasets.bulk.models import BulkKind
from datasets.coverage import actions
from datasets.coverage.cells import (
    Axis,
    Counts,
    Group,
    Labels,
    Stage,
    Target,
    covered,
    matrix,
    missing,
)
from datasets.coverage.counting import groups_of, targets_of
from datasets.coverage.models import CoverageTarget
from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, ProjectEvent, ReadingLanguages, Role
from tests.datasets.bulk.test_bulk_actions import preview, run
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.people import make_member, make_project


def group(stage: Stage = Stage.APPROVED, n: int = 1, **labels: object) -> Group:
    given = {"intent": "", "language": "", "tags": (), "policies": (), **labels}
    return Group(**given, stage=stage, n=n)  # type: ignore[arg-type]


def make_raw(project: Project, **fields: str) -> GoldenExample:
    """Return an example as an import stores it."""
    example = make_example(project, content=make_content(**fields))
    example.batch = ImportBatch.objects.create(project=project)
    example.save(update_fields=["batch"])
    return example


def test_an_example_with_two_tags_counts_in_two_cells_and_once_in_the_total() -> None:
    found = matrix(
        [group(n=2, language="de", tags=("vip", "new")), group(language="it")],
        Axis.LANGUAGE,
        Axis.TAG,
        {Axis.TAG: ["refusal"]},
    )
    assert (found.rows, found.columns) == (("de", "it"), ("new", "refusal", "vip", ""))
    assert found.cells["de", "vip"] == found.cells["de", "new"] == Counts(approved=2)
    assert found.totals["de"] == Counts(approved=2)
    assert found.cells["it", ""] == Counts(approved=1)


def test_what_is_missing_most_comes_first() -> None:
    targets = [
        Target(Labels(intent="refund"), 4),
        Target(Labels(intent="refund", language="it"), 10),
        Target(Labels(tag="safety"), 2),
        Target(Labels(language="de"), 1),
    ]
    groups = [
        group(intent="refund", language="it", n=3),
        group(Stage.WORK, intent="refund", language="de"),
        group(language="de"),
        group(Stage.RAW, tags=("safety",)),
    ]
    short = [*missing(covered(groups, targets))]
    assert [(entry.target.labels, entry.missing) for entry in short] == [
        (Labels(tag="safety"), 2),
        (Labels(intent="refund", language="it"), 7),
        (Labels(intent="refund"), 1),
    ]


@pytest.mark.django_db
def test_stages_of_examples() -> None:
    project = make_project()
    make_approved_example(project)
    make_example(project)
    make_raw(project)
    taken = make_raw(project)
    actor = make_member(project, Role.LEAD)
    Assignment.objects.create(example=taken, assignee=actor, assigned_by=actor)
    retired = make_example(project)
    retired.state = "retired"
    retired.save(update_fields=["state"])
    counts = Counts()
    for found in groups_of(project):
        assert (found.intent, found.language) == ("delivery", "en")
        counts.add(found)
    assert counts == Counts(approved=1, work=2, raw=1)


@pytest.mark.django_db
def test_targets_are_set_changed_and_removed_by_leads() -> None:
    project = make_project()
    make_example(project)
    gone = make_example(project, content=make_content(intent="tyres"))
    lead = make_member(project, Role.LEAD)
    assert len(targets_of(project)[0]) == 2
    run(preview(BulkKind.DELETE, [gone], lead), reason="Taken back.")
    assert targets_of(project) == ([Target(Labels(intent="delivery"), 30)], False)
    target = actions.set_target(project=project, wanted=5, actor=lead, tag="refusal")
    actions.set_target(project=project, wanted=8, actor=lead, tag="refusal")
    assert targets_of(project) == ([Target(Labels(tag="refusal"), 8)], True)
    events = ProjectEvent.objects.filter(action="set_coverage_target").order_by("pk")
    assert [(event.before, event.after) for event in events] == [("", "5"), ("5", "8")]
    with pytest.raises(InvalidInput):
        actions.set_target(project=project, wanted=5, actor=lead)
    with pytest.raises(PermissionDeniedError):
        actions.remove_target(
            project=project, target_id=target.pk, actor=make_member(project, Role.ANNOTATOR)
        )
    actions.remove_target(project=project, target_id=target.pk, actor=lead)
    assert not CoverageTarget.objects.exists()


@pytest.mark.django_db
def test_the_pages_show_set_and_export(client: Client) -> None:
    project = make_project()
    make_approved_example(project)
    client.force_login(make_member(project, Role.LEAD))

    def to(name: str) -> str:
        return reverse(f"datasets:{name}", args=[project.slug])

    for posted in ({"intent": "delivery", "language": "en", "wanted": "3"}, {"wanted": "0"}):
        status = client.post(to("set_target"), posted).status_code
        assert status == (302 if "intent" in posted else 422)
    posted = {"each-label": "tag", "each-wanted": "2"}
    assert client.post(to("set_each_target"), posted).status_code == 302
    page = client.get(to("coverage"))
    ((total, (cell,)),) = page.context["rows"]
    assert (total.counts.approved, cell.wanted, cell.is_short) == (1, 3, True)
    assert "intent=delivery&language=en" in cell.url
    assert len(page.context["short"]) == 5
    shown = client.get(f"{to('coverage')}?rows=tag&columns=tag&language=en")
    assert shown.context["form"].axes() == (Axis.TAG, Axis.LANGUAGE)
    body = b"".join(client.get(to("coverage_csv"))).decode()
    assert body.splitlines()[1] == "delivery,en,1,0,0,3"


@pytest.mark.django_db
def test_the_least_covered_conversation_is_next(client: Client) -> None:
    project = make_project()
    make_approved_example(project)
    make_raw(project)
    like = make_raw(project, intent="refund", question="Money back for the blue lamp?")
    unlike = make_raw(project, intent="refund", question="Storno einer Sammelrechnung, bitte")
    make_approved_example(
        project, content=make_content(intent="refund", question="Money back for the red lamp?")
    )
    lead = make_member(project, Role.LEAD)
    actions.set_target(project=project, wanted=10, actor=lead, intent="refund")
    actions.set_target(project=project, wanted=2, actor=lead, intent="delivery")
    annotator = make_member(project, Role.ANNOTATOR)
    client.force_login(annotator)
    page = reverse("datasets:curate_next", args=[project.slug])
    assert client.get(page).context["raw"] == 3
    response = client.post(page, follow=True)
    assert response.context["example"].pk == unlike.pk
    assert "refund: 1 of 10" in response.content.decode()
    assert Assignment.objects.get().assignee == annotator
    found = actions.take_next(project=project, actor=annotator)
    assert found.example == like


@pytest.mark.django_db
def test_a_member_gets_what_they_read_until_nothing_is_left() -> None:
    project = make_project()
    make_raw(project, language="it")
    german = make_raw(project, language="de-AT")
    annotator = make_member(project, Role.ANNOTATOR)
    ReadingLanguages.objects.create(project=project, user=annotator, languages=["de"])
    assert actions.take_next(project=project, actor=annotator).example == german
    with pytest.raises(InvalidInput):
        actions.take_next(project=project, actor=annotator)


@pytest.mark.django_db(transaction=True)
def test_two_members_at_once_get_two_conversations() -> None:
    project = make_project()
    for _ in range(4):
        make_raw(project)
    members = [make_member(project, role) for role in (Role.ANNOTATOR, Role.LEAD)]
    start = Barrier(2)

    def take(at: int) -> list[int]:
        try:
            start.wait(10)
            taken = [actions.take_next(project=project, actor=members[at]) for _ in range(2)]
            return [found.example.pk for found in taken]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        got = [number for taken in pool.map(take, range(2)) for number in taken]
    assert len(set(got)) == 4
    assert Assignment.objects.count() == 4
