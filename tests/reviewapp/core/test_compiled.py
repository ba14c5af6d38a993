"""A query that is written once finds what the ORM finds, for any ids."""

from __future__ import annotations

import pytest
from django.db.models import Q

from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def test_lists_numbers_and_constants_are_put_where_the_orm_puts_them() -> None:
    project, other = make_project("one"), make_project("two")
    first, second = make_member(project, Role.LEAD), make_member(project, Role.ANNOTATOR)
    stranger = make_member(other, Role.LEAD)
    found = CompiledQuery(
        lambda people, project: (
            User.objects.filter(
                Q(pk__in=[people]) | Q(memberships__project=project), is_active=True
            )
            .distinct()
            .order_by("-email", "pk")
            .values_list("pk")
        ),
        "people",
        "project",
    )
    assert sorted(found.column(people=[], project=project.pk)) == [first.pk, second.pk]
    assert found.column(people=[stranger.pk], project=other.pk) == [stranger.pk]
    assert found.rows(people=[], project=0) == []
    everyone = found.rows(people=[stranger.pk, first.pk, second.pk], project=0)
    assert everyone == [*User.objects.order_by("-email").values_list("pk")], "in their order, alone"
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert found.column(people=[stranger.pk], project=0) == []
