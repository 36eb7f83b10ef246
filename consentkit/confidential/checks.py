"""What Django's checks (``manage.py check``) say about the keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from . import keys


@register(Tags.security)
def check_keys(**_: Any) -> list[CheckMessage]:
    """The keys are there, for nobody else to read, and where no web server serves them."""
    return [*_missing(), *_readable(), *_served(), *_beside_the_database()]


def _missing() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        return  # a development site makes them when it first needs them
    for read in (keys.field_keys, keys.search_keys):
        try:
            read()
        except ImproperlyConfigured as error:
            yield Error(str(error), id="consentkit.E001")


def _files() -> list[Path]:
    folder = Path(settings.KEYS_FOLDER)
    told = {keys.FIELD_KEYS: settings.FIELD_KEYS, keys.SEARCH_KEY: settings.SEARCH_KEY}
    return [folder / name for name, value in told.items() if not value]


def _readable() -> Iterator[CheckMessage]:
    for path in _files():
        if path.exists() and path.stat().st_mode & 0o077:
            yield Error(
                f"{path} can be read or written by other users of this machine.",
                hint=f"chmod 600 {path}",
                id="consentkit.E002",
            )


def _served() -> Iterator[CheckMessage]:
    folder = Path(settings.KEYS_FOLDER).resolve()
    served = [settings.STATIC_ROOT, settings.MEDIA_ROOT, *settings.STATICFILES_DIRS]
    for one in filter(None, served):
        root = Path(str(one[1] if isinstance(one, (list, tuple)) else one)).resolve()
        if folder.is_relative_to(root):
            yield Error(
                f"The folder of the keys, {folder}, lies in {root}, which is served to everybody.",
                hint="Set KEYS_FOLDER to a folder outside of it.",
                id="consentkit.E003",
            )


def _beside_the_database() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if settings.DEBUG or "sqlite" not in str(database["ENGINE"]) or not os.path.isabs(name):
        return
    folder = Path(settings.KEYS_FOLDER).resolve()
    if any(path.exists() for path in _files()) and folder == Path(name).resolve().parent:
        yield Warning(
            "The keys lie in the same folder as the database: whoever copies it has both.",
            hint="Set KEYS_FOLDER to a folder that no backup of the database takes along.",
            id="consentkit.W001",
        )
