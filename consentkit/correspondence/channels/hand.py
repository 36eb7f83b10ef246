"""Handed over in person."""

from django.utils.translation import gettext_lazy as _

from .contract import Channel

HAND = Channel(
    key="hand",
    hint=_("You, or somebody for you, take the letter there. The receipt is the proof."),
    steps=(
        _("Print the PDF twice and sign both."),
        _("Let them write on your copy that they got it: day, name, signature or stamp."),
        _("If they refuse, leave the letter there before a witness, and note down who saw it."),
    ),
    keep=(_("your copy with their signature or stamp, as a picture or PDF."),),
    note=_("Who took it, and who saw it"),
    proof="signed",
    proof_label=_("They signed or stamped for it, and I have kept that"),
)
