"""The database itself refuses to change a line of a log, or a letter that has gone out.

What is sealed may be sealed anew with another key; the hashes beside it hold its content in place.
Whole cases can be deleted: a person can be forgotten.
"""

from typing import Any

from django.db import migrations

LOG = (
    "case_id", "number", "kind", "on", "arguably_on", "recorded_at", "details", "by_id",
    "by_elsewhere", "digest",
)  # fmt: skip
LETTER = (
    "case_id", "number", "law", "kind", "language", "to_authority", "made_at", "frozen_at", "title",
    "html_sha256", "pdf_sha256", "text_version", "software_version",
)  # fmt: skip
AUDIT = ("team_id", "number", "at", "user", "action", "thing", "thing_id", "details", "digest")
RULES = (
    ("consentkit_eventrecord", LOG, "", "a log is only added to"),
    ("consentkit_auditentry", AUDIT, "", "an audit log is only added to"),
    ("consentkit_letter", LETTER, "OLD.frozen_at IS NOT NULL", "a letter that went out stays"),
)


def refuse(apps: Any, schema_editor: Any) -> None:
    for table, columns, when, why in RULES:
        names = ", ".join(f'"{column}"' for column in columns)
        condition = f"WHEN ({when}) " if when else ""
        head = f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OF {names} ON {table} FOR EACH ROW {condition}"
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"{head} BEGIN SELECT RAISE(ABORT, '{why}'); END")
        else:
            schema_editor.execute(
                f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
            )
            schema_editor.execute(f"{head} EXECUTE FUNCTION {table}_frozen()")


def allow(apps: Any, schema_editor: Any) -> None:
    for table, *_ in RULES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {table}_frozen")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_frozen ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_frozen()")


class Migration(migrations.Migration):
    dependencies = [("consentkit", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow)]
