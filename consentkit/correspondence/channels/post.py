"""By plain post."""

from django.utils.translation import gettext_lazy as _

from .contract import Channel

POST = Channel(
    key="post",
    hint=_("An ordinary letter. Nothing shows that it arrived until they answer."),
    steps=(
        _("Print the PDF, sign it, and put it into a window envelope."),
        _("Post it, and note down where and when."),
    ),
    keep=(
        _("a picture of the signed letter and of the stamped envelope;"),
        _("the receipt for the stamp, if you have one. A postmark alone does not prove the day."),
    ),
    note=_("Where and when you posted it"),
)
