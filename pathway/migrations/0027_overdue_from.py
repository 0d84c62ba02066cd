"""From when on a case is overdue, whichever of its clocks is: the next one may be one of which nobody can tell."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pathway", "0026_repinned_index")]
    operations = [
        migrations.AddField(
            model_name="case",
            name="overdue_from",
            field=models.DateTimeField(null=True, help_text="from then on one of its clocks is certainly over"),
        )
    ]
