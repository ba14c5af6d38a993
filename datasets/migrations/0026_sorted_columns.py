"""What is missing to sort the queue by each of its columns: two more columns, and indexes."""

from django.db import migrations, models

# Actions on comments and reviews lock the example before they write, so these updates wait for none.
RULES = """
CREATE FUNCTION touchstone_counts_comments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change int := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        change := -1;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        change := change + 1;
    END IF;
    UPDATE public.datasets_goldenexample e SET comment_count = e.comment_count + change
        FROM public.datasets_thread t
        WHERE change <> 0 AND t.id = coalesce(NEW.thread_id, OLD.thread_id) AND e.id = t.example_id;
    RETURN NULL;
END $$;
CREATE TRIGGER counts_comments AFTER INSERT OR UPDATE OF deleted_at OR DELETE ON datasets_comment
    FOR EACH ROW EXECUTE FUNCTION touchstone_counts_comments();

CREATE FUNCTION touchstone_tells_reviewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.datasets_goldenexample e SET reviewed_by = latest.reviewer_id
        FROM (
            SELECT DISTINCT ON (r.example_id) r.example_id, d.reviewer_id
            FROM decided d JOIN public.datasets_revision r ON r.id = d.revision_id
            ORDER BY r.example_id, d.at DESC, d.id DESC
        ) latest
        WHERE e.id = latest.example_id AND e.reviewed_by IS DISTINCT FROM latest.reviewer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tells_reviewer AFTER INSERT ON datasets_review
    REFERENCING NEW TABLE AS decided
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_tells_reviewer();

UPDATE datasets_goldenexample e SET comment_count = counted.number
    FROM (
        SELECT t.example_id, count(*) AS number
        FROM datasets_comment c JOIN datasets_thread t ON t.id = c.thread_id
        WHERE c.deleted_at IS NULL GROUP BY t.example_id
    ) counted
    WHERE e.id = counted.example_id;
UPDATE datasets_goldenexample e SET reviewed_by = latest.reviewer_id
    FROM (
        SELECT DISTINCT ON (r.example_id) r.example_id, v.reviewer_id
        FROM datasets_review v JOIN datasets_revision r ON r.id = v.revision_id
        ORDER BY r.example_id, v.at DESC, v.id DESC
    ) latest
    WHERE e.id = latest.example_id;
"""
UNDO_RULES = """
DROP TRIGGER counts_comments ON datasets_comment;
DROP TRIGGER tells_reviewer ON datasets_review;
DROP FUNCTION touchstone_counts_comments;
DROP FUNCTION touchstone_tells_reviewer;
"""


def _index(name: str, column: str, include: tuple[str, ...] | None = None) -> migrations.AddIndex:
    return migrations.AddIndex(
        model_name="goldenexample",
        index=models.Index(
            condition=models.Q(("deleted_at", None)),
            fields=["project", column, "id"],
            include=include,
            name=name,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0025_system_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="goldenexample",
            name="comment_count",
            field=models.PositiveIntegerField(db_default=0, editable=False),
        ),
        migrations.AddField(
            model_name="goldenexample",
            name="reviewed_by",
            field=models.BigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(RULES, UNDO_RULES),
        migrations.RemoveIndex(model_name="goldenexample", name="example_state"),
        _index("example_state_authors", "state", ("authors",)),
        _index("example_messages", "message_count"),
        _index("example_tokens", "tokens"),
        _index("example_comments", "comment_count"),
    ]
