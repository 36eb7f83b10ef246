"""Catalogues hold what the code says and nothing older, and compile only when they are sound."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import CommandError

from consentkit.management.commands.compile_translations import compile_catalogue

LANGUAGES = sorted(code for code, _ in settings.LANGUAGES if code != "en")
CATALOGUE = "locale/{}/LC_MESSAGES/django.po"


def messages(path):
    """Every text of a catalogue, with its context."""
    with path.open("rb") as file:
        return {(message.context, message.id) for message in read_po(file) if message.id}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A copy of the code whose catalogues have just been collected anew."""
    if shutil.which("msgmerge") is None:
        pytest.skip("no GNU gettext, which collects the strings: apt-get install gettext")
    copy = tmp_path_factory.mktemp("collected")
    for name in ("consentkit", "templates", "locale"):
        shutil.copytree(settings.BASE_DIR / name, copy / name)
    shutil.copy(settings.BASE_DIR / "manage.py", copy)
    languages = [f"--locale={language}" for language in LANGUAGES]
    command = [sys.executable, "manage.py", "makemessages", *languages, "--no-obsolete"]
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "consentkit.settings"}
    result = subprocess.run(
        command, cwd=copy, env=variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return copy


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(collected, language):
    found = messages(collected / CATALOGUE.format(language))
    ours = messages(settings.BASE_DIR / CATALOGUE.format(language))

    assert ours - found == set()


PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#, python-format
msgid "%(days)s days"
msgstr "{}"
"""


def catalogue(folder: Path, translation: str) -> Path:
    path = folder / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PO.format(translation))
    return path


def test_a_catalogue_is_compiled_once(tmp_path):
    source = catalogue(tmp_path, "%(days)s Tage")
    compile_catalogue(source)
    compiled = source.with_suffix(".mo").stat()
    compile_catalogue(source)

    assert b"%(days)s Tage" in source.with_suffix(".mo").read_bytes()
    assert source.with_suffix(".mo").stat().st_mtime_ns == compiled.st_mtime_ns


def test_a_lost_placeholder_is_refused(tmp_path):
    source = catalogue(tmp_path, "%(tage)s Tage")
    with pytest.raises(CommandError, match=r"django\.po:8: "):
        compile_catalogue(source)

    assert not source.with_suffix(".mo").exists()
