"""Somebody who fills in the wizard with a browser that runs no script.

Every field of the form goes back to the server, as a browser sends it; a button is pressed by what
it says.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from lxml import html

CARL = {  # lives in Chicago
    "country": "US",
    "region": "IL",
    "want": "face",
    "q": "tik tok",
    "platform": "tiktok",
    "law": "us-il-bipa",
    "kind": "notice",
    "handle": "@carl",
    "account_email": "carl@example.org",
    "name": "Carl Carlson",
}
ADA = {  # lives in Berlin
    "country": "DE",
    "region": "BE",
    "want": "know",
    "q": "meta",
    "platform": "facebook",
    "law": "eu-gdpr",
    "kind": "access",
    "handle": "ada.b",
    "account_email": "ada@example.org",
    "name": "Ada Beispiel",
    "language": "en",
}
FINISHED = {"at": "send", "reached": "send"}


class Visitor:
    """One visit. ``answers`` are what would be sent now."""

    def __init__(self, client: Any, address: str = "/letter/") -> None:
        self.client = client
        self.response: Any = None
        self.read(client.get(address))

    def read(self, response: Any) -> None:
        self.response = response
        self.page = html.fromstring(response.content.decode())
        self.form = self.page.get_element_by_id("letter-form")
        # The line end after <textarea> is not part of its text; lxml does not know that.
        texts = {one.get("name") for one in self.form.iter("textarea")}
        self.answers: list[tuple[str, str]] = [
            (name, value.removeprefix("\n") if name in texts else value)
            for name, value in self.form.form_values()
        ]

    def answer(self, **values: str | list[str] | None) -> Visitor:
        """Give answers; None takes one back."""
        for name, value in values.items():
            name = name.replace("fact_", "fact-")
            self.answers = [pair for pair in self.answers if pair[0] != name]
            for one in [value] if isinstance(value, str) else value or []:
                self.answers.append((name, one))
        return self

    def press(self, label: str, **headers: str) -> Visitor:
        """Press the button of this label; of several, that in the open section."""
        buttons = [
            button
            for button in self.page.iter("button")
            if said(button) == label and (button.get("form") or self._is_open(button))
        ]
        assert buttons, f"no button {label!r}"
        button = buttons[0]
        pairs = list(self.answers)
        if button.get("name"):
            pairs.append((button.get("name"), button.get("value")))
        self.send(button.get("formaction") or self.form.get("action"), pairs, **headers)
        return self

    def send(self, address: str, pairs: list[tuple[str, str]], **headers: str) -> None:
        self.response = self.client.post(
            address,
            urlencode(pairs),
            content_type="application/x-www-form-urlencoded",
            headers=headers or None,
        )
        has_page = self.response["Content-Type"].startswith("text/html") and self.response.content
        if has_page and not headers:
            self.read(self.response)

    def _is_open(self, button: Any) -> bool:
        sections = [one for one in button.iterancestors("details") if "section" in classes(one)]
        return all(one.get("open") is not None for one in sections)

    # What the page says ---------------------------------------------------------------------------

    def open(self) -> str:
        """The key of the one section that is open."""
        (one,) = [
            section
            for section in self.page.iter("details")
            if "section" in classes(section) and section.get("open") is not None
        ]
        return one.get("id").removeprefix("section-")

    def errors(self) -> list[str]:
        return [said(one) for one in self.page.find_class("field__error")]

    def cautions(self) -> list[str]:
        return [said(one) for one in self.page.find_class("note__caution")]

    def letter(self) -> str:
        """The letter's own words, without the tools around them."""
        (article,) = self.page.find_class("letter-preview")
        return "\n".join(
            " ".join(" ".join(one.itertext()).split())
            for one in article.iter("p", "li", "address", "h3")
            if not is_tool(one)
        )

    def summaries(self) -> list[str]:
        return [said(one) for one in self.page.find_class("section__answer")]

    def labels(self) -> list[str]:
        """The labels of the fields in the open section."""
        section = self.page.get_element_by_id(f"section-{self.open()}")
        return [said(one) for one in section.find_class("field__label")]

    def choices(self, name: str) -> list[str]:
        return [one.get("value") for one in self.page.xpath(f'//input[@name="{name}"]')]

    def value(self, name: str) -> str | None:
        return dict(self.answers).get(name)

    def text(self, id_: str) -> str:
        return said(self.page.get_element_by_id(id_))


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()


def is_tool(element: Any) -> bool:
    return any("piece__tools" in classes(one) for one in element.iterancestors())


def finished(client: Any, answers: dict[str, str], **more: str) -> Visitor:
    """Somebody who has answered everything and stands at the end."""
    visitor = Visitor(client)
    pairs = {**answers, **FINISHED, **more}
    visitor.send("/letter/", [(name.replace("fact_", "fact-"), pairs[name]) for name in pairs])
    return visitor
