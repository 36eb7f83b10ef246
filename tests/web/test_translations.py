"""The German catalogue is whole: every sentence of the interface, none of them guessed."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command

LOCALE = Path(settings.BASE_DIR) / "locale"
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
MARKUP = re.compile(r"<[^>]+>|%\(\w+\)s")


def catalogue(folder: Path, language: str) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def texts(strings: str | tuple[str, ...] | list[str]) -> list[str]:
    return [strings] if isinstance(strings, str) else list(strings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language, tmp_path, monkeypatch, settings):
    """Extract the sentences anew, in a copy, and look for any that the catalogue lacks."""
    if shutil.which("xgettext") is None:
        pytest.skip("no GNU gettext: apt-get install gettext")
    for folder in ("consentkit", "templates", "locale"):
        shutil.copytree(Path(settings.BASE_DIR) / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    call_command("makemessages", locale=[language], no_location=True, no_wrap=True, verbosity=0)

    found = [message for message in catalogue(tmp_path / "locale", language) if message.id]
    assert len(found) > 500
    assert [message.id for message in found if not all(texts(message.string))] == []
    assert [message.id for message in found if message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_loses_a_placeholder_or_a_tag(language):
    for message in catalogue(LOCALE, language):
        if message.id:
            wanted = Counter(MARKUP.findall(texts(message.id)[-1]))
            for text in texts(message.string):
                found = Counter(MARKUP.findall(text))
                assert set(found) - {"%(number)s"} == set(wanted) - {"%(number)s"}, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_keeps_nothing_old(language):
    assert not catalogue(LOCALE, language).obsolete


def test_german_says_you_politely_and_names_the_law_in_german():
    for message in catalogue(LOCALE, "de"):
        for text in texts(message.string) if message.id else []:
            assert not re.search(r"\b(du|dich|dir|dein\w*)\b", text), text
            assert "Art. " not in text or not re.search(r"(?<!UK )\bGDPR\b", text), text
            assert '"' not in MARKUP.sub("", text), f"German quotes are „…“: {text}"
