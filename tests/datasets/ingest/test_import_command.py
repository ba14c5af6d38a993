"""`import_examples` as a script sees it: its answer, its exit code, what it leaves and what not."""

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from datasets.curation.models import GoldenExample, Intent
from datasets.ingest.models import ImportBatch
from reviewapp.core.commands import CommandFailed
from reviewapp.people.models import Project
from tests.factories.imports import make_file, make_row
from tests.factories.people import make_project
from tests.reference import reference_file
from tests.workers import eventually

ROOT = Path(__file__).resolve().parents[3]
KEYS = {"read", "created", "unchanged", "rejected", "findings", "errors", "seconds"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "rows.jsonl", [make_row(1), "oops", make_row(2), make_row(1)])


def answer(path: Path, *options: str, project: str = "house") -> dict[str, Any]:
    """Run the command with --json; its one object on standard output."""
    out = StringIO()
    call_command(
        *("import_examples", str(path), "--project", project, "--json", *options),
        stdout=out,
        stderr=StringIO(),
    )
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def error_of_command(*arguments: str) -> str:
    with pytest.raises(CommandFailed) as caught:
        call_command("import_examples", *arguments, stdout=StringIO(), stderr=StringIO())
    assert caught.value.returncode == 1
    return str(caught.value)


@pytest.mark.django_db
def test_json_has_the_keys_of_the_contract(path: Path) -> None:
    make_project("house")
    said = answer(path)
    assert set(said) >= KEYS
    assert (said["read"], said["created"], said["unchanged"], said["rejected"]) == (4, 2, 1, 1)
    assert said["errors"] == [
        {"line": 2, "code": "not_json", "message": said["errors"][0]["message"]}
    ]
    assert said["seconds"] > 0


@pytest.mark.django_db
def test_rejected_rows_lie_beside_the_file_and_can_be_mended_and_imported(path: Path) -> None:
    said = answer(path, "--create-project")
    kept = Path(said["reject_file"])
    assert kept == path.with_name("rows.jsonl.rejected.jsonl")
    assert [json.loads(line)["row"] for line in kept.read_text().splitlines()] == ["oops"]
    make_file(path, [make_row(1), make_row(3), make_row(2)])
    again = answer(path)
    assert (again["created"], again["unchanged"], again["reject_file"]) == (1, 2, None)
    assert not kept.exists()


@pytest.mark.django_db
def test_people_read_counts_lines_and_reasons(path: Path) -> None:
    out = StringIO()
    make_project("house")
    call_command("import_examples", str(path), "--project", "house", stdout=out)
    text = out.getvalue()
    assert "Created 2 of 4 rows" in text
    assert "line 2: The line is not JSON" in text
    assert "rows.jsonl.rejected.jsonl" in text


@pytest.mark.django_db
def test_beside_json_people_read_on_standard_error(path: Path) -> None:
    out, err = StringIO(), StringIO()
    make_project("house")
    command = ["import_examples", str(path), "--project", "house", "--json"]
    call_command(*command, stdout=out, stderr=err)
    assert len(out.getvalue().splitlines()) == 1
    assert "Created 2 of 4 rows" in err.getvalue()


@pytest.mark.django_db
def test_strict_takes_the_good_rows_and_exits_with_1(path: Path) -> None:
    make_project("house")
    assert "rejected" in error_of_command(str(path), "--project", "house", "--strict")
    assert GoldenExample.objects.count() == 2


@pytest.mark.django_db
def test_strict_is_content_when_nothing_is_rejected(tmp_path: Path) -> None:
    path = make_file(tmp_path / "good.jsonl", [make_row()])
    assert answer(path, "--create-project", "--strict")["rejected"] == 0


@pytest.mark.django_db
def test_a_dry_run_tells_the_same_and_writes_nothing(path: Path) -> None:
    said = answer(path, "--dry-run", "--create-project")
    assert (said["read"], said["created"], said["unchanged"], said["rejected"]) == (4, 2, 1, 1)
    assert said["dry_run"] is True
    assert not Project.objects.exists()
    assert not ImportBatch.objects.exists()
    assert [file.name for file in path.parent.iterdir()] == ["rows.jsonl"]


@pytest.mark.django_db
def test_a_missing_project_is_refused_by_name_before_anything_is_read(path: Path) -> None:
    make_project("other")
    sentence = error_of_command(str(path), "--project", "house")
    assert "There is no project “house”" in sentence
    assert "other" in sentence
    assert "There is no project" in error_of_command(str(path), "--project", "house", "--dry-run")


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"\xff", b"hello\n", b"[]\n"])
def test_an_unreadable_file_writes_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    assert "bad.jsonl" in error_of_command(str(path), "--project", "house", "--create-project")
    assert not Project.objects.exists()
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_a_refusal_is_json_too(tmp_path: Path) -> None:
    out = StringIO()
    command = ["import_examples", str(tmp_path), "--project", "house", "--json"]
    with pytest.raises(CommandFailed):
        call_command(*command, stdout=out, stderr=StringIO())
    assert "is a folder" in json.loads(out.getvalue())["error"]


@pytest.mark.parametrize("options", [[], ["--project", "house", "--format", "xml"]])
def test_wrong_usage_is_an_error_of_usage(options: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("import_examples", "file.jsonl", *options)
    assert not isinstance(caught.value, CommandFailed)


@pytest.mark.django_db
def test_the_source_is_the_name_given_or_that_of_the_file(path: Path) -> None:
    answer(path, "--create-project", "--source", "crm export")
    assert set(GoldenExample.objects.values_list("source", flat=True)) == {"crm export"}
    answer(path, "--create-project", project="second")
    assert GoldenExample.objects.filter(project__slug="second", source="rows.jsonl").count() == 2


@pytest.mark.django_db
def test_the_cookbook_file_has_its_known_facts() -> None:
    path = reference_file("openai_cookbook/toy_chat_fine_tuning.jsonl")
    said = answer(path, "--create-project")
    assert (said["read"], said["created"], said["rejected"]) == (5, 5, 0)
    examples = GoldenExample.objects.all()
    codes = [
        {finding.code for finding in example.latest_revision.findings.all()}
        for example in examples.order_by("pk")
    ]
    assert sum("missing_system" in found for found in codes) == 1
    assert sum("no_user_message" in found for found in codes) == 1
    sizes = sorted(examples.values_list("message_count", flat=True))
    assert (sizes[0], sizes[-1]) == (2, 9)
    assert not path.with_name(f"{path.name}.rejected.jsonl").exists()


@pytest.mark.django_db
def test_customer_questions_come_in_as_a_table(tmp_path: Path) -> None:
    original = reference_file("banking77/test.csv").read_text(encoding="utf-8")
    assert "Rename or map the columns" in error_of_command(
        str(reference_file("banking77/test.csv")), "--project", "bank", "--create-project"
    )
    path = tmp_path / "questions.csv"
    path.write_text(original.replace("text,category", "user,intent", 1), encoding="utf-8")
    said = answer(path, "--create-project", project="bank")
    assert said["read"] == 3080
    assert said["created"] + said["unchanged"] == 3080
    assert Intent.objects.count() == 77


@pytest.mark.django_db
def test_support_conversations_of_several_turns_come_in(tmp_path: Path) -> None:
    conversations = json.loads(reference_file("abcd/abcd_sample.json").read_text(encoding="utf-8"))
    roles = {"agent": "assistant", "customer": "user", "action": "system"}
    rows = [
        {
            "messages": [
                {"role": roles[who], "content": text} for who, text in conversation["original"]
            ],
            "intent": conversation["scenario"]["flow"],
            "external_id": conversation["convo_id"],
            "scenario": conversation["scenario"],
        }
        for conversation in conversations
    ]
    path = make_file(tmp_path / "abcd.jsonl", rows)
    said = answer(path, "--create-project", project="abcd")
    assert (said["read"], said["created"]) == (3, 3)
    example = GoldenExample.objects.filter(project__slug="abcd").order_by("pk")[0]
    spoken = [message["content"] for message in example.latest_revision.messages]
    assert spoken == [text for _, text in conversations[0]["original"]]
    assert example.metadata == {"unknown": {"scenario": conversations[0]["scenario"]}}
    assert example.language == "en"


def _environment() -> dict[str, str]:
    """The environment of a command that works on the test's database."""
    found = {name: quote(str(value)) for name, value in connection.get_connection_params().items()}
    address = (
        f"postgresql://{found['user']}:{found['password']}@/{found['dbname']}"
        f"?host={found['host']}&port={found['port']}"
    )
    environment = {**os.environ, "DATABASE_URL": address}
    environment.pop("DATABASE_OWNER_URL", None)
    return environment


@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_made_whole_by_running_it_again(tmp_path: Path) -> None:
    count = 2_000
    path = make_file(tmp_path / "many.jsonl", (make_row(number) for number in range(count)))
    make_project("house")
    command = [sys.executable, "manage.py", "import_examples", str(path), "--project", "house"]
    with subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as running:
        eventually(
            lambda: running.poll() is not None or GoldenExample.objects.exists(), "rows come in"
        )
        running.send_signal(signal.SIGKILL)
        assert running.stderr is not None
        assert running.stderr.read() == b""
    there = GoldenExample.objects.count()
    assert 0 < there < count
    said = answer(path)
    assert (said["read"], said["created"], said["unchanged"]) == (count, count - there, there)
    assert GoldenExample.objects.count() == count


@pytest.mark.django_db
def test_a_file_name_that_is_no_text_does_no_harm(tmp_path: Path) -> None:
    path = make_file(tmp_path / os.fsdecode(b"crm\xff.jsonl"), [make_row()])
    assert answer(path, "--create-project")["created"] == 1
    assert ImportBatch.objects.get().file_name == "crm?.jsonl"


@pytest.mark.django_db
def test_an_import_that_was_given_up_meanwhile_says_so(path: Path) -> None:
    make_project("house")
    # The database stands in for the beat, which gives up what was silent for a lease.
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "NEW.state := 'failed'; RETURN NEW; END $$; "
            "CREATE TRIGGER give_up BEFORE UPDATE OF claim ON datasets_importbatch "
            "FOR EACH ROW WHEN (NEW.claim IS NOT NULL) EXECUTE FUNCTION pg_temp.give_up()"
        )
    assert "paused for too long" in error_of_command(str(path), "--project", "house")
    assert not GoldenExample.objects.exists()
