"""Pages that take files.

A file that is being uploaded stays in memory: Django's other handler would write it to disk, where
its bytes outlive it. So the size of a request is limited, and only people who signed in may upload.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from consentkit.correspondence.attachments import Checked, NotTaken, check_file

View = Callable[..., HttpResponseBase]
# What the rest of a form may take, and the lines between its parts.
ROOM = 1024 * 1024
FILES = 20


class FilesInMemory(MemoryFileUploadHandler):
    """Keeps files in memory up to the size of the largest one; drops those of a larger request."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.activated = content_length <= self.largest() + ROOM

    def largest(self) -> int:
        """The largest file, in bytes."""
        return int(settings.MAX_FILE_SIZE)


class ArchiveInMemory(FilesInMemory):
    """The same for an archive of a whole account."""

    def largest(self) -> int:
        return int(settings.MAX_ARCHIVE_SIZE)


def takes_files(view: View) -> View:
    """Let a page take files from people who signed in. Goes outermost."""
    return _takes(view, FilesInMemory)


def takes_archive(view: View) -> View:
    """Let a page take an archive of a whole account. Goes outermost."""
    return _takes(view, ArchiveInMemory)


def _takes(view: View, handler: type[FilesInMemory]) -> View:
    guarded = csrf_protect(view)

    @csrf_exempt  # reading the token reads the files, which needs the handler first
    @wraps(view)
    def outer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and request.user.is_authenticated:
            request.upload_handlers = [handler(request)]
        return guarded(request, *args, **kwargs)

    return outer


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Files, each checked. Its value is a list of ``Checked``, ready to be kept."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", SeveralFiles({"accept": ACCEPTED}))
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given: list[UploadedFile[Any]] = list(data) if isinstance(data, (list, tuple)) else [data]
        given = [one for one in given if one]
        if self.required and not given:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(given) > FILES:
            raise forms.ValidationError(
                ngettext("At most %(n)s file at a time.", "At most %(n)s files at a time.", FILES)
                % {"n": FILES}
            )
        checked: list[Checked] = []
        problems = []
        for one in given:
            try:
                checked.append(check_file(cast("BinaryIO", one.file), one.name or ""))
            except NotTaken as error:
                problems.append(f"{one.name}: {error}")
        if problems:
            raise forms.ValidationError(problems)
        return checked


# A hint for the browser's file dialog. What is taken in is decided by content.
ACCEPTED = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.heic,.zip,.docx,.xlsx,.pptx,.txt,.csv,.json,.eml"


def too_large(request: HttpRequest) -> str:
    """What to say where a request was larger than a page takes; empty where it was not."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length <= settings.MAX_FILE_SIZE + ROOM:
        return ""
    megabytes = settings.MAX_FILE_SIZE // (1024 * 1024)
    return gettext("Together, these files are larger than %(size)s MB.") % {"size": megabytes}
