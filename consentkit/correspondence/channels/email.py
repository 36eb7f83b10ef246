"""By e-mail: from here where the site has a mail server, or with one's own mail program."""

from django.utils.translation import gettext_lazy as _

from consentkit.correspondence import smtp
from consentkit.correspondence.mail import addresses_of

from .contract import Channel

EMAIL = Channel(
    key="email",
    hint=_("The quickest way. A confirmation of delivery, or any answer, shows that it arrived."),
    steps=(
        _("Open the letter in your mail program, or copy address, subject and text into it."),
        _("Send it from the e-mail address of your account: it shows that you are you."),
        _("Attach no copy of an identity card."),
    ),
    keep=(
        _("the message you sent, saved as a file (.eml): add it here;"),
        _("an automatic answer, with its date: add it too."),
    ),
    note=_("What you want to remember of it"),
    leads=lambda draft: bool(addresses_of(draft)),
    from_here=smtp.is_configured,
)
