"""``manage.py rotate_keys``: a new key, and everything sealed with it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.confidential import keys, rotation
from consentkit.confidential.cipher import Tampered

# Nothing that began before a new key came is still under way after this: a task is ended after five
# minutes, a request sooner.
SETTLED = 10 * 60

IN_ENVIRONMENT = """\
The keys stand in the environment (FIELD_KEYS), where this command cannot write. To rotate them:
 1. Make a key: manage.py make_keys --print (the value of FIELD_KEYS).
 2. Where several machines or processes run, let all of them know it first: put it LAST in
    FIELD_KEYS, after a comma, on every machine, and restart them.
 3. Put it FIRST in FIELD_KEYS, keep the old one behind it, and restart.
 4. manage.py rotate_keys --no-new-key seals everything with it.
 5. manage.py rotate_keys --drop-old says when the old one can go."""


class Command(BaseCommand):
    help = (
        "Makes a new key and seals everything with it, while the site runs. Broken off, it goes on "
        "where it stopped. --drop-old then removes the keys with which nothing is sealed any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--drop-old", action="store_true", help="remove keys that are not needed any more"
        )
        which.add_argument(
            "--no-new-key", action="store_true", help="seal everything with the newest key we have"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not keys.in_files():
            self._in_environment(**options)
            return
        keys.field_keys()  # complains where there are none
        try:
            with keys.changing():
                if options["drop_old"]:
                    self._drop_old()
                else:
                    self._rotate(new_key=not options["no_new_key"])
        except BlockingIOError:
            raise CommandError("Somebody is changing the keys already; try again later.") from None

    def _in_environment(self, **options: Any) -> None:
        if options["drop_old"]:
            old = self._unused()
            if old:
                self.stdout.write(
                    f"Nothing is sealed with {_names(old)} any more. Take it out of FIELD_KEYS on "
                    f"every machine, no sooner than ten minutes after the last of them was "
                    f"restarted with the new one in front. Keep it with the old backups."
                )
        elif options["no_new_key"]:
            self._reseal()
        else:
            raise CommandError(IN_ENVIRONMENT)

    def _rotate(self, *, new_key: bool) -> None:
        ring = keys.field_keys()
        stale = _old(rotation.keys_in_use())
        if new_key and stale:
            self.stdout.write("An earlier run was broken off; it goes on now, with its key.")
        elif new_key:
            fresh = keys.new_key()
            keys.replace_field_keys([fresh, *ring])
            self.stdout.write(
                f"The new key {keys.key_id(fresh).hex()} seals from now on. Copy the keys folder "
                f"now to a place apart from the backups of the database."
            )
        self._reseal()

    def _reseal(self) -> None:
        for column in rotation.columns():
            self._reseal_column(column)
        left = _old(rotation.keys_in_use())
        if left:
            raise CommandError(
                f"{left.total()} values are still sealed with an older key, since they were "
                f"written just now. Run this command again."
            )
        self.stdout.write(
            "Everything is sealed with the newest key. In ten minutes or later, remove the older "
            "ones: manage.py rotate_keys --drop-old"
        )

    def _reseal_column(self, column: rotation.Column) -> None:
        progress = rotation.Progress(column)
        try:
            for progress in rotation.reseal(column):
                if progress.sealed:
                    self.stdout.write(f"{column}: {progress.sealed} sealed, {progress.seen} seen")
        except (keys.UnknownKey, Tampered) as error:
            raise CommandError(
                f"{column}: {error}. Everything before it is done. Put the key it names back, or "
                f"restore the row from a backup, and run this command again."
            ) from None
        self.stdout.write(f"{column}: done, {progress.seen} rows")

    def _drop_old(self) -> None:
        age = keys.age_of_field_keys()
        if age is not None and age < SETTLED and len(keys.field_keys()) > 1:
            raise CommandError(
                "The newest key is not ten minutes old: what began before it came may still be "
                "sealed with an older one. Nothing was removed; try again later."
            )
        old = self._unused()
        if not old:
            return
        keys.replace_field_keys(keys.field_keys()[:1])
        self.stdout.write(
            f"Removed {_names(old)}. A backup made before today still needs it: keep a copy with "
            f"the keys of that time until the last such backup is deleted."
        )

    def _unused(self) -> list[bytes]:
        """The keys behind the newest one. Raises CommandError while something needs one of them."""
        old = [keys.key_id(key) for key in keys.field_keys()[1:]]
        needed = _old(rotation.keys_in_use())
        if needed:
            told = ", ".join(f"{name.hex()}: {number}" for name, number in sorted(needed.items()))
            raise CommandError(
                f"{needed.total()} values are sealed with older keys ({told}). Nothing was "
                f"removed. First: manage.py rotate_keys --no-new-key"
            )
        if not old:
            self.stdout.write("There is only one key; nothing to remove.")
        return old


def _old(used: Counter[bytes]) -> Counter[bytes]:
    newest = keys.key_id(keys.field_keys()[0])
    return Counter({name: number for name, number in used.items() if name != newest})


def _names(old: list[bytes]) -> str:
    return "the key " + ", ".join(name.hex() for name in old)
