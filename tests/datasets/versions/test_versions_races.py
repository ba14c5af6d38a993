"""Freezing while others work: one version at a time, and nobody waits for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from datasets.curation.models import GoldenExample
from datasets.versions.models import DatasetVersion
from reviewapp.core.errors import InvalidTransition
from tests.datasets.curation.test_curation_races import at_once
from tests.factories.examples import make_example
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_freezes_of_the_same_content_one_counts() -> None:
    house = ProjectWithMembers()
    house.many(10)
    results = at_once(lambda: house.freeze("One."), lambda: house.freeze("Other."))
    assert [type(result) for result in results].count(InvalidTransition) == 1
    assert DatasetVersion.objects.get().number == 1


def test_examples_are_written_while_a_version_is_frozen() -> None:
    house = ProjectWithMembers()
    house.many(10)

    def write_meanwhile() -> GoldenExample:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            return make_example(house.project, author=house.author)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        version = house.freeze()
        written = other.submit(write_meanwhile).result(timeout=30)
    assert not version.items.filter(revision__example=written).exists()
    assert GoldenExample.objects.filter(pk=written.pk).exists()
