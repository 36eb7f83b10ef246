"""Write docs/privacy.md: every table, what it keeps of people, how, and when it goes."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils import translation

from consentkit.cases.models import CaseWord
from consentkit.confidential.addresses import SealedAddress
from consentkit.confidential.fields import SealedField
from consentkit.confidential.rotation import Sealing

PATH = Path(settings.BASE_DIR) / "docs" / "privacy.md"
HEAD = """# What is kept about people

Written by `manage.py describe_privacy` from the tables themselves; a test holds the two together.

Whoever writes a letter without an account leaves nothing here. Whoever has an account finds
below, table by table, what is kept, how, and what becomes of it when the account is deleted.

- *sealed*: AES-256-GCM, with a key that is not in the database. Each value is bound to its column.
- *sealed, can be looked up*: AES-SIV with another such key. The same address is always sealed in
  the same way, so that a person can sign in; nobody without the key can read one or try one out.
- *hashed with a key*: cannot be turned back, and nobody without the key can try words out. Each
  person's words are hashed in another way.
- *open*: what the database has to count, sort and join by: which law, company, place and days a
  case has, the ids of e-mails, hashes of files. Not who somebody is, and nothing that they wrote.

When an account is deleted, all rows go that belong to it. Only a case that is on hold stays until
its day; until then the row of its owner stays too, without what is marked *erased* below, and
nobody can sign in with it.
"""
FOREIGN = """
## Tables of the libraries

| table | what it keeps | how | when it goes |
|---|---|---|---|
"""
# What the tables of the libraries keep of people: what, how, and when it goes.
LIBRARIES: dict[str, tuple[str, str, str]] = {
    "account.EmailAddress": (
        "the address of an account, and whether it is confirmed",
        "sealed, can be looked up",
        "with the account",
    ),
    "account.EmailConfirmation": (
        "nothing: addresses are confirmed by a code, which is in the session",
        "",
        "with the account",
    ),
    "mfa.Authenticator": (
        "secrets of one-time codes and recovery codes, public keys and names of passkeys",
        "sealed",
        "when it is removed, or with the account",
    ),
    "usersessions.UserSession": (
        "since when and until when a browser was signed in, and its kind; no network address",
        "open",
        "when the session ends, or with the account",
    ),
    "sessions.Session": (
        "who is signed in; while somebody signs in, their address and the code that was mailed; "
        "a letter that waits for its account",
        "sealed",
        "on signing out, after two weeks, or with the account",
    ),
    "admin.LogEntry": (
        "what staff did in the back office, by number",
        "open",
        "with the account of the staff, or with what it was done to",
    ),
    "consentkit_cache": (
        "how often somebody tried to sign in, by address and network address",
        "hashed with a key",
        "after minutes or hours",
    ),
    "django_q.OrmQ": ("numbers of messages to hand over", "open", "when the task is done"),
    "django_q.Task": (
        "numbers of messages that were handed over; of a failure the kind and the place in the "
        "code, never its message",
        "open",
        "after 500 further tasks, or with the message; failures with the message",
    ),
    "django_q.Schedule": ("nothing of people", "", ""),
    "auth.Group": ("nothing of people", "", ""),
    "auth.Permission": ("nothing of people", "", ""),
    "auth.Group_permissions": ("nothing of people", "", ""),
    "contenttypes.ContentType": ("nothing of people", "", ""),
    "consentkit.User_groups": ("the groups of staff", "open", "with the account"),
    "consentkit.User_user_permissions": ("the permissions of staff", "open", "with the account"),
}
END = """
## Elsewhere

- **The log of the server** names pages and errors. An exception is written without its message. No
  page has a name, a postal or e-mail address or a text in its own address.
- **Files**: there are none. What people upload is sealed in the database, and never lies on a disk
  unsealed. On a development site, mail that would have gone out lies in `data/outbox`; it goes with
  the case or the account.
- **Backups** hold what the database held, as sealed as there. Whoever made them deletes them.
- **Who was written to** keeps what they got.
"""


class Command(BaseCommand):
    help = "Writes docs/privacy.md from the tables. --check only says whether it is up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = describe()
        if not options["check"]:
            PATH.write_text(text, "utf-8")
        elif not PATH.is_file() or PATH.read_text("utf-8") != text:
            raise CommandError("docs/privacy.md is out of date; run: manage.py describe_privacy")


def describe() -> str:
    """The whole page, as Markdown. Raises KeyError for a table that nobody has described."""
    with translation.override("en"):
        return _described()


def _described() -> str:
    models = [one for one in apps.get_models(include_auto_created=True) if not one._meta.proxy]
    ours = [one for one in models if hasattr(one, "Privacy")]
    others = [one._meta.label for one in models if not hasattr(one, "Privacy")]
    rows = [
        f"| {label} | {' | '.join(LIBRARIES[label])} |" for label in [*others, "consentkit_cache"]
    ]
    return HEAD + "".join(map(_table, ours)) + FOREIGN + "\n".join(rows) + "\n" + END


def _table(model: type[Model]) -> str:
    privacy: Any = model.Privacy  # type: ignore[attr-defined]
    title = str(model._meta.verbose_name_plural).capitalize()
    first = " ".join((model.__doc__ or "").split("\n\n")[0].split())
    lines = ["", f"## {title}", "", f"`{model.__name__}`: {first}", ""]
    if not privacy.erased:
        return "\n".join([*lines, "Nothing of people.", ""])
    lines += ["| column | how | erased |", "|---|---|---|"]
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        erased = "erased" if field.name in privacy.erased else ""
        lines.append(f"| {field.name} | {_how(model, field)} | {erased} |")
    return "\n".join([*lines, ""])


def _how(model: type[Model], field: Any) -> str:
    if isinstance(field, SealedAddress):
        return "sealed, can be looked up"
    if isinstance(field, (SealedField, Sealing)):
        return "sealed"
    if field.name in ("password", "secret_hash"):
        return "hashed"
    if model is CaseWord and field.name == "word":
        return "hashed with a key"
    return "open"
