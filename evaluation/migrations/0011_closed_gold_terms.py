"""Keep how a closed run used gold checks, for every database role."""

from django.db import migrations

RUN = """
CREATE TRIGGER gold_terms_for_good BEFORE UPDATE ON evaluation_evaluationrun FOR EACH ROW
    WHEN (OLD.state = 'closed'
        AND (OLD.gold_percent, OLD.training_examples)
        IS DISTINCT FROM (NEW.gold_percent, NEW.training_examples))
    EXECUTE FUNCTION touchstone_closed_for_good();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0010_identical_answers")]

    operations = [
        migrations.RunSQL(RUN, "DROP TRIGGER gold_terms_for_good ON evaluation_evaluationrun"),
    ]
