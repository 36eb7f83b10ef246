"""A fragment is the page, less: the same address, view and context, and a smaller template."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page_or_fragment(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The whole page, or only the fragment where htmx asks to exchange that part."""
    htmx = getattr(request, "htmx", None)
    response = render(request, fragment if htmx else page, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
