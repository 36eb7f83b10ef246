"""Through the company's web form."""

from django.utils.translation import gettext_lazy as _

from .contract import Channel

FORM = Channel(
    key="form",
    hint=_("You copy the text into it. Most forms confirm that it arrived."),
    steps=(
        _("Open their form and copy the text into it."),
        _("If the form wants more than your account and your letter, leave it empty."),
        _("Make a picture of the whole screen before and after you send it."),
    ),
    keep=(
        _("the picture of their confirmation, with the number of your request;"),
        _("the choices you made in the form, and the e-mail address you gave."),
    ),
    note=_("The number of your request, and the choices you made"),
    proof="form",
    proof_label=_("The form confirmed that it arrived, and I have kept the confirmation"),
    leads=lambda draft: any(addressee.entity.web_form for addressee in draft.addressees),
)
