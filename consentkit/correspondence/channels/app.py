"""In the company's app."""

from django.utils.translation import gettext_lazy as _

from .contract import Channel

APP = Channel(
    key="app",
    hint=_("Through the help pages or the chat of their app."),
    steps=(
        _("Open the help or privacy pages of the app and copy the text of the letter there."),
        _("Make a picture of the screen with the text, and one of what the app says then."),
    ),
    keep=(
        _("the pictures of the screen, with day and time;"),
        _("what they write back in the app: it may vanish, so make pictures of it."),
    ),
    note=_("Where in the app you sent it"),
    proof="acknowledgement",
    proof_label=_("The app confirmed that it arrived, and I have kept a picture of it"),
)
