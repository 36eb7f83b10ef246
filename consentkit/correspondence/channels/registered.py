"""By registered or certified post."""

from django.utils.translation import gettext_lazy as _

from .contract import Channel

REGISTERED = Channel(
    key="registered",
    hint=_("The best proof that it arrived. It costs a few euros or dollars."),
    steps=(
        _("Print the PDF, sign it, and put it into an envelope."),
        _("Send it at the counter, registered or certified, with proof of delivery."),
        _("Look after some days whether the tracking says that it was delivered."),
    ),
    keep=(
        _("the receipt of the counter with its number;"),
        _("the tracking record once it says “delivered”, as a picture or PDF;"),
        _("the signed receipt, when it comes back to you. Record the arrival then."),
    ),
    note=_("The number of the consignment"),
)
