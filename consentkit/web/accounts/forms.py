"""The forms of allauth in our words. What they check is theirs."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import available_timezones

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from consentkit.teams.models import User

Text = Any  # a text, or one that is translated when it is shown


class Words(NamedTuple):
    """What a field is called, why it is asked, and what to say where it is empty."""

    label: Text
    why: Text = ""
    missing: Text = _("This is needed.")


ADDRESS = Words(_("E-mail address"), missing=_("Write down your e-mail address."))
PASSWORD = Words(_("Password"), missing=_("Write down your password."))
MAILED_CODE = Words(
    _("Code"),
    _("It is in the e-mail. Small and capital letters are the same."),
    _("Write down the code from the e-mail."),
)
RULES = _(
    "At least 8 characters, and not one that many people use. Four words that have nothing to do "
    "with each other are hard to guess and easy to remember."
)
NEW_PASSWORD = Words(_("New password"), RULES, _("Choose a password."))
AGAIN = Words(_("The new password once more"), missing=_("Write the new password once more."))
KEY_NAME = Words(
    _("What you call it"), _("So that you can tell several apart: my phone, the key on my ring.")
)


class InOurWords(forms.Form):
    """Names the fields after ``words``, and leaves it to the server to say what is missing."""

    use_required_attribute = False
    words: dict[str, Words] = {}  # noqa: RUF012 (a table, never changed)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.words:
                words = self.words[name]
                field.label, field.help_text = words.label, words.why
                field.error_messages["required"] = words.missing
            if isinstance(field, forms.EmailField):
                field.error_messages["invalid"] = _("This is not an e-mail address.")


# Signing up and in --------------------------------------------------------------------------------


class SignUp(InOurWords, account.SignupForm):
    words = {  # noqa: RUF012
        "email": ADDRESS,
        "password1": Words(
            _("Password (optional)"),
            _("Without one, you sign in with a code that we e-mail to you each time."),
        ),
    }

    def try_save(self, request: HttpRequest) -> Any:
        """Takes as long for an address that has an account as for one that has none."""
        password = self.cleaned_data.get("password1")
        if self.account_already_exists and password:
            get_user_model()().set_password(password)
        return super().try_save(request)


class SignIn(InOurWords, account.LoginForm):
    words = {"login": ADDRESS, "password": PASSWORD}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        # A password is not asked for where somebody signs up; here it always is.
        self.fields["password"].required = True


class AskForCode(InOurWords, account.RequestLoginCodeForm):
    words = {"email": ADDRESS}  # noqa: RUF012


class SignInCode(InOurWords, account.ConfirmLoginCodeForm):
    words = {"code": MAILED_CODE}  # noqa: RUF012


class AddressCode(InOurWords, account.ConfirmEmailVerificationCodeForm):
    words = {"code": MAILED_CODE}  # noqa: RUF012


# The password -------------------------------------------------------------------------------------


class AskForReset(InOurWords, account.ResetPasswordForm):
    words = {"email": ADDRESS}  # noqa: RUF012


class ResetCode(InOurWords, account.ConfirmPasswordResetCodeForm):
    words = {"code": MAILED_CODE}  # noqa: RUF012


class ResetPassword(InOurWords, account.ResetPasswordKeyForm):
    words = {"password1": NEW_PASSWORD, "password2": AGAIN}  # noqa: RUF012


class SetPassword(InOurWords, account.SetPasswordForm):
    words = {"password1": NEW_PASSWORD, "password2": AGAIN}  # noqa: RUF012


class ChangePassword(InOurWords, account.ChangePasswordForm):
    words = {  # noqa: RUF012
        "oldpassword": Words(
            _("Your password until now"), missing=_("Write down your password until now.")
        ),
        "password1": NEW_PASSWORD,
        "password2": AGAIN,
    }


class ConfirmByPassword(InOurWords, account.ReauthenticateForm):
    words = {"password": PASSWORD}  # noqa: RUF012


class NewAddress(InOurWords, account.AddEmailForm):
    words = {  # noqa: RUF012
        "email": Words(
            _("New e-mail address"),
            _("We send a code there. Until you have entered it, the old address stays."),
            _("Write down the new e-mail address."),
        )
    }


# Second factors -----------------------------------------------------------------------------------

APP_CODE = Words(
    _("Code"),
    _("The one that your app shows now, or one of your recovery codes."),
    _("Write down the code."),
)


class SecondCode(InOurWords, mfa.AuthenticateForm):
    words = {"code": APP_CODE}  # noqa: RUF012


class ConfirmByCode(InOurWords, mfa.ReauthenticateForm):
    words = {"code": APP_CODE}  # noqa: RUF012


class ActivateApp(InOurWords, totp.ActivateTOTPForm):
    words = {  # noqa: RUF012
        "code": Words(_("The code that your app shows now"), missing=APP_CODE.missing)
    }


class AddPasskey(InOurWords, webauthn.AddWebAuthnForm):
    words = {  # noqa: RUF012
        "name": KEY_NAME,
        "passwordless": Words(
            _("Sign in with this key alone"),
            _("It then asks for a fingerprint, a face or a PIN, and you need no password."),
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["passwordless"].initial = True


class FirstPasskey(InOurWords, webauthn.SignupWebAuthnForm):
    words = {"name": KEY_NAME}  # noqa: RUF012


class RenamePasskey(InOurWords, webauthn.EditWebAuthnForm):
    words = {"name": KEY_NAME._replace(missing=_("Give it a name."))}  # noqa: RUF012


# The settings of an account -----------------------------------------------------------------------

MOST_DAYS, MOST_TIMES = 90, 6


def time_zones() -> list[tuple[str, str]]:
    """Zones by the places that people know: ``Europe/Berlin``, not ``Etc/GMT+5``."""
    areas = (
        "Africa",
        "America",
        "Antarctica",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    zones = sorted(zone for zone in available_timezones() if zone.split("/")[0] in areas)
    return [(zone, zone.replace("_", " ").replace("/", " / ")) for zone in zones]


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What somebody may choose about their account."""

    use_required_attribute = False
    name = forms.CharField(
        required=False,
        max_length=200,
        label=_("Name"),
        help_text=_("How we address you. Letters have a name of their own."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        help_text=_("Of these pages after you sign in, and of our e-mails."),
    )
    time_zone = forms.ChoiceField(
        required=False,
        label=_("Time zone"),
        help_text=_("It decides when a day ends for you, and when a reminder is sent."),
    )
    lead = forms.CharField(
        required=False,
        max_length=40,
        label=_("How many days before"),
        help_text=_("Reminders of what you have to do. Several numbers, with commas: 14, 3, 1"),
        widget=forms.TextInput({"inputmode": "text"}),
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "remind", "lead", "names_in_mail")
        labels = {  # noqa: RUF012
            "remind": _("Remind me by e-mail"),
            "names_in_mail": _("Name companies and laws in e-mails"),
        }
        help_texts = {  # noqa: RUF012
            "remind": _("Of what you have to do, and of answers that are late."),
            "names_in_mail": _(
                "Otherwise an e-mail only says that something is due, with a link to it. Whoever "
                "sees your mailbox then learns nothing."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [
            (code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES
        ]
        self._choices("language", [("", _("As the page that I open")), *languages])
        self._choices("time_zone", [("", _("The one of this site")), *time_zones()])

    def _choices(self, name: str, choices: list[tuple[str, Text]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.error_messages["invalid_choice"] = _("Choose from the list.")

    def clean_lead(self) -> str:
        typed = self.cleaned_data["lead"].replace(";", ",").split(",")
        days = [one.strip() for one in typed if one.strip()]
        if not all(one.isascii() and one.isdigit() and int(one) <= MOST_DAYS for one in days):
            raise forms.ValidationError(
                _("Write whole numbers up to %(most)s, with commas between them: 14, 3, 1"),
                params={"most": MOST_DAYS},
            )
        if len(days) > MOST_TIMES:
            raise forms.ValidationError(
                _("Not more than %(most)s reminders for one date."), params={"most": MOST_TIMES}
            )
        return ",".join(map(str, sorted({int(one) for one in days}, reverse=True)))


class CodeForm(InOurWords):
    """The code that was mailed to confirm who somebody is."""

    code = forms.CharField(max_length=40, widget=forms.TextInput({"autocomplete": "one-time-code"}))
    words = {"code": MAILED_CODE}  # noqa: RUF012
