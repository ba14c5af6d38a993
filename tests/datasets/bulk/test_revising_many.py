"""Revisions of many examples leave the same rows as those of one after the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import F

from datasets.bulk.models import BulkAction, BulkKind, Outcome
from datasets.curation import actions as examples
from datasets.curation.actions import content_of, revision_storage
from datasets.curation.models import (
    EditDraft,
    ExampleEvent,
    ExampleText,
    Finding,
    GoldenExample,
    Revision,
)
from datasets.similarity.models import ExampleSignature, SimilarPair
from reviewapp.core.messages import message
from reviewapp.people.models import Project, Role, User
from tests.datasets.bulk.test_bulk_actions import preview, run, undo
from tests.factories.examples import make_content, make_example, make_example_in_review
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

ANSWERS = (
    "Dear Sir, open My orders.",
    "Hello, open My orders.",
    "Dear Sir, write to shop@example.org or to \u200bus.",
    "Dear Sir, open My orders and wait.",
)
# By position: what the numbers of a project say.
OWN = {"id", "example", "revision", "project", "created_at", "updated_at", "at", "pk"}


def make_examples(project: Project, lead: User) -> list[GoldenExample]:
    """Return examples of which two become equal, with a dismissed finding and a draft."""
    first, *others, last = (
        make_content(question="Where is my parcel, please?", answer=answer) for answer in ANSWERS
    )
    made = [make_example_in_review(project, author=lead, content=first)]
    made += [make_example(project, author=lead, content=content) for content in (*others, last)]
    for finding in Finding.objects.filter(revision__example=made[2]):
        if finding.code.startswith("personal"):
            examples.dismiss_finding(finding_id=finding.pk, actor=lead, reason="It is ours.")
    EditDraft.objects.create(
        example=made[1], user=make_member(project, Role.LEAD), base_number=1, content={}
    )
    return made


def rows_of(project: Project, made: list[GoldenExample]) -> dict[str, Any]:
    """Return what the project's tables hold, with examples by their position."""
    places = {example.pk: at for at, example in enumerate(made)}

    def rows(found: Any, example: str = "example", *more: str) -> list[Any]:
        names = [field.attname for field in found.model._meta.concrete_fields]
        kept = [name for name in names if name.removesuffix("_id") not in OWN]
        found = found.annotate(place=F(example)).order_by("place", "pk").values("place", *kept)
        people = ("author_id", "actor_id", "created_by_id", "dismissed_by_id", "user_id")
        return [
            {
                name: places[value]
                if name == "place"
                else bool(value)
                if name in (*people, "intent_id", "authors", "approved_revision_id", *more)
                else value
                for name, value in row.items()
            }
            for row in found
        ]

    of_project = {"example__project": project}
    twins = Finding.objects.filter(revision__example__project=project, code="exact_duplicate")
    others = Finding.objects.filter(revision__example__project=project)
    pairs = SimilarPair.objects.filter(project=project).values_list("first", "second", "kind")
    return {
        "examples": rows(GoldenExample.objects.filter(project=project), "pk"),
        "revisions": rows(Revision.objects.filter(**of_project)),
        "findings": rows(
            others.exclude(code="exact_duplicate"), "revision__example", "dismissed_at"
        ),
        "twins": [
            (places[twin.revision.example_id], places[twin.text.params["example"]])
            for twin in twins.order_by("revision__example", "pk")
        ],
        "texts": rows(ExampleText.objects.filter(project=project), "example", "vector"),
        "events": rows(ExampleEvent.objects.filter(action="revise", **of_project)),
        "signatures": rows(ExampleSignature.objects.filter(project=project), "example", "bands"),
        "pairs": sorted((places[first], places[second], kind) for first, second, kind in pairs),
        "drafts": EditDraft.objects.filter(**of_project).count(),
    }


def replace_greeting(made: list[GoldenExample], lead: User) -> BulkAction:
    params = {"find": "Dear Sir", "by": "Hello", "roles": ["assistant"]}
    flags = {"is_regex": False, "ignores_case": False}
    return run(preview(BulkKind.REPLACE_TEXT, made, lead, **params, **flags))


def test_a_replacement_of_many_leaves_the_rows_of_single_revisions() -> None:
    def one_by_one(made: list[GoldenExample], lead: User) -> None:
        for example in made:
            revision = Revision.objects.select_related("intent").get(example=example, number=1)
            content = content_of(revision)
            messages = [
                {**text, "content": text["content"].replace("Dear Sir", "Hello")}
                for text in content.messages
            ]
            if messages != content.messages:
                examples.revise(
                    example_id=example.pk,
                    base_number=1,
                    content=replace(content, messages=messages),
                    actor=lead,
                    note=message("bulk.text_replaced"),
                )

    def at_once(made: list[GoldenExample], lead: User) -> None:
        replace_greeting(made, lead)

    def left_by(change: Callable[[list[GoldenExample], User], None]) -> dict[str, Any]:
        project = make_project()
        lead = make_member(project, Role.LEAD)
        made = make_examples(project, lead)
        change(made, lead)
        return rows_of(project, made)

    single, many = left_by(one_by_one), left_by(at_once)
    assert single["twins"]
    assert single["pairs"]
    for name, rows in single.items():
        assert many[name] == rows, name


def test_an_undo_of_many_restores_texts_states_counts_and_dismissals() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    made = make_examples(project, lead)

    def shown() -> list[Any]:
        counts = ("open_findings", "blocking_findings", "imported_split")
        latest = Finding.objects.filter(revision__number=F("revision__example__latest_number"))
        return [
            *GoldenExample.objects.order_by("pk").values("state", "content_hash", *counts),
            *ExampleText.objects.order_by("example").values("words"),
            *latest.order_by("revision__example", "code").values("code", "state", "reason"),
        ]

    before = shown()
    action = replace_greeting(made, lead)
    assert shown() != before
    undo(action)
    assert shown() == before
    assert [example.latest_number for example in GoldenExample.objects.order_by("pk")] == [
        *(3, 1, 3, 3)
    ]


def test_new_labels_and_system_messages_of_many_sign_no_text_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    made = [make_example(project, author=lead) for _ in range(2)]
    monkeypatch.setattr(revision_storage, "sign_examples", None)
    action = run(preview(BulkKind.LABEL, made, lead, add_tags=["refusal"]))
    assert action.items.filter(outcome=Outcome.CHANGED).count() == 2
