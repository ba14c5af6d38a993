"""Signatures of examples with their bands, and the pairs of examples that are alike."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# The bands are an index of the signatures, so no writer has to think of them.
BANDS = """
CREATE FUNCTION touchstone_add_bands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO datasets_similarityband (value, example_id)
        SELECT DISTINCT unnest(bands), example_id FROM added;
    RETURN NULL;
END $$;
CREATE FUNCTION touchstone_remove_bands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM datasets_similarityband b
        USING (SELECT unnest(bands) AS value, example_id FROM removed) r
        WHERE b.value = r.value AND b.example_id = r.example_id;
    RETURN NULL;
END $$;
CREATE FUNCTION touchstone_replace_bands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM datasets_similarityband b
        USING (SELECT unnest(bands) AS value, example_id FROM removed) r
        WHERE b.value = r.value AND b.example_id = r.example_id;
    INSERT INTO datasets_similarityband (value, example_id)
        SELECT DISTINCT unnest(bands), example_id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER add_bands AFTER INSERT ON datasets_examplesignature
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_add_bands();
CREATE TRIGGER remove_bands AFTER DELETE ON datasets_examplesignature
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_remove_bands();
CREATE TRIGGER replace_bands AFTER UPDATE ON datasets_examplesignature
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION touchstone_replace_bands();
"""
DROP_BANDS = """
DROP TRIGGER replace_bands ON datasets_examplesignature;
DROP TRIGGER remove_bands ON datasets_examplesignature;
DROP TRIGGER add_bands ON datasets_examplesignature;
DROP FUNCTION touchstone_replace_bands();
DROP FUNCTION touchstone_remove_bands();
DROP FUNCTION touchstone_add_bands();
"""
# An example that is erased or deleted, by whatever means, leaves nothing that was made of its text.
# One that is restored is signed again by the task.
EXAMPLES = """
CREATE FUNCTION touchstone_forget_signature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM datasets_examplesignature WHERE example_id = OLD.id;
    DELETE FROM datasets_similarpair WHERE first_id = OLD.id OR second_id = OLD.id;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_signature_of_deleted BEFORE DELETE ON datasets_goldenexample
    FOR EACH ROW EXECUTE FUNCTION touchstone_forget_signature();
CREATE TRIGGER forget_signature_of_erased
    AFTER UPDATE OF erased_at, deleted_at ON datasets_goldenexample
    FOR EACH ROW WHEN ((NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL)
        OR (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL))
    EXECUTE FUNCTION touchstone_forget_signature();
"""
DROP_EXAMPLES = """
DROP TRIGGER forget_signature_of_erased ON datasets_goldenexample;
DROP TRIGGER forget_signature_of_deleted ON datasets_goldenexample;
DROP FUNCTION touchstone_forget_signature();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0008_comments"),
        ("people", "0007_training_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SimilarityBand",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "value",
                        "example_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("value", models.BigIntegerField()),
                ("example_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ExampleSignature",
            fields=[
                (
                    "example",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="signature",
                        serialize=False,
                        to="datasets.goldenexample",
                    ),
                ),
                ("scheme", models.PositiveSmallIntegerField()),
                ("question_digest", models.BigIntegerField()),
                ("question_hashes", models.BinaryField()),
                ("answer_digest", models.BigIntegerField()),
                ("answer_hashes", models.BinaryField()),
                (
                    "bands",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SimilarPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("question", models.PositiveSmallIntegerField()),
                ("answer", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("near_duplicate", "near_duplicate"),
                            ("two_answers", "two_answers"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("dismissed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="datasets.goldenexample",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="similar_pairs",
                        to="people.project",
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="datasets.goldenexample",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="similar_pair_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="similar_pair_ordered",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["near_duplicate", "two_answers"])),
                        name="similar_pair_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dismissed_at__isnull", True), ("dismissed_by__isnull", True)
                            ),
                            models.Q(
                                ("dismissed_at__isnull", False), ("dismissed_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="similar_pair_dismissal_whole",
                    ),
                ],
            },
        ),
        migrations.RunSQL(BANDS, DROP_BANDS),
        migrations.RunSQL(EXAMPLES, DROP_EXAMPLES),
    ]
