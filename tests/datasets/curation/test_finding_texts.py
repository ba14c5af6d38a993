"""Findings are stored without a language and shown in the language of the reader."""

import pytest
from django.test import Client

from datasets.curation.models import GoldenExample
from tests.datasets.curation.pages import editor_fields, page_text, signed_in, texts_with, url_of
from tests.factories.examples import make_content, make_example

pytestmark = pytest.mark.django_db

ANSWER = "Ask ann@example.org."
SENTENCES = {
    "en": "Possible personal data: email address. Replace it with [EMAIL].",
    "de": "Möglicherweise personenbezogene Daten: E-Mail-Adresse. Ersetzen Sie sie durch [EMAIL].",
}


@pytest.fixture
def example() -> GoldenExample:
    return make_example(content=make_content(answer=ANSWER))


@pytest.fixture
def client(example: GoldenExample) -> Client:
    assert example.created_by is not None
    return signed_in(example.created_by)


@pytest.mark.parametrize("language", SENTENCES)
def test_the_stored_finding_and_the_check_while_typing_show_one_translated_sentence(
    example: GoldenExample, client: Client, language: str
) -> None:
    headers = {"Accept-Language": language}
    fields = editor_fields(example, text=texts_with(example, 3, f"{ANSWER} Thanks."))
    stored = page_text(client.get(url_of("example", example), headers=headers))
    live = page_text(client.post(url_of("check", example), fields, headers=headers))
    assert SENTENCES[language] in stored
    assert SENTENCES[language] in live


def test_a_row_holds_the_code_and_parameters_of_its_sentence(example: GoldenExample) -> None:
    stored = example.latest_revision.findings.values_list("text__code", "text__params").get()
    assert stored == ("inspections.personal_data", {"kind": "email", "replacement": "[EMAIL]"})
