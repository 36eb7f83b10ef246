"""The forms of a team's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consentkit.clients.models import Client
from consentkit.teams.models import Membership
from consentkit.teams.roles import offered_roles
from consentkit.web.forms import day_field

TEXT = 20_000


class TeamForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        max_length=200,
        label=_("Name of the team"),
        error_messages={"required": _("Give the team a name.")},
    )


def _roles() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[(role.key, role.name) for role in offered_roles()],
        label=_("Role"),
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose a role.")},
    )


class MemberForm(forms.Form):
    """Somebody's role, and the last day of their access."""

    use_required_attribute = False

    role = _roles()
    expires_on = day_field(
        required=False,
        label=_("Last day of access"),
        help_text=_("Empty where it has no end. A student's ends with the semester, for example."),
    )


class InviteForm(MemberForm):
    email = forms.EmailField(
        max_length=254,
        label=_("E-mail address"),
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": _("Write down the address to invite."),
            "invalid": _("This is not an e-mail address."),
        },
    )
    field_order = ("email", "role", "expires_on")


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the people of a team."""

    def label_from_instance(self, obj: Any) -> str:
        assert isinstance(obj, Membership)
        return obj.user.get_full_name()


def _person(label: Any) -> PersonField:
    missing = _("Choose somebody of the team.")
    return PersonField(
        Membership.objects.none(),
        label=label,
        error_messages={"required": missing, "invalid_choice": missing},
    )


def _why(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=TEXT, widget=forms.Textarea({"rows": 3}), **options)


class HandOverForm(forms.Form):
    use_required_attribute = False

    giver = _person(_("Whose cases?"))
    taker = _person(_("Who takes them?"))
    memo = _why(
        label=_("What does the next person have to know?"),
        help_text=_("It is written into the log of each case."),
        error_messages={"required": _("Write down what the next person has to know.")},
    )

    def __init__(self, told: Any, *, people: Any) -> None:
        super().__init__(told)
        for name in ("giver", "taker"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = people


class ClientField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        assert isinstance(obj, Client)
        return f"{obj.number}: {obj.name}"


class WallForm(forms.Form):
    use_required_attribute = False

    person = _person(_("Who may not see it?"))
    client = ClientField(
        Client.objects.none(),
        label=_("Which client?"),
        error_messages={
            "required": _("Choose a client."),
            "invalid_choice": _("Choose a client."),
        },
    )
    reason = _why(
        label=_("Why?"),
        help_text=_("It is kept sealed, and stands in the report."),
        error_messages={"required": _("Say why this wall is needed.")},
    )

    def __init__(self, told: Any, *, people: Any, clients: Any) -> None:
        super().__init__(told)
        for name, rows in (("person", people), ("client", clients)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows


class StatementForm(forms.Form):
    """What somebody says of a wall: that it was kept, or why it comes down."""

    use_required_attribute = False

    statement = _why(
        label=_("In your words"),
        error_messages={"required": _("Say it in a sentence.")},
    )

    def __init__(self, told: Any, *, prefix: str) -> None:
        super().__init__(told, auto_id=f"{prefix}-%s")


class AuditFilter(forms.Form):
    """What the audit log is narrowed to. What cannot be understood narrows nothing."""

    use_required_attribute = False

    person = forms.ChoiceField(required=False, label=_("Who"))
    action = forms.ChoiceField(required=False, label=_("What"))

    def __init__(
        self, told: Any, *, people: Iterable[tuple[str, Any]], actions: Iterable[tuple[str, Any]]
    ) -> None:
        super().__init__(told)
        anything = ("", _("All"))
        for name, choices in (("person", people), ("action", actions)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [anything, *choices]

    def value(self, name: str) -> str:
        self.errors  # noqa: B018 (looking at the errors is what checks)
        return str(self.cleaned_data.get(name) or "")
