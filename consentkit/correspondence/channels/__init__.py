"""The ways a letter can go, the quickest first. A new one is a file here, and a line below."""

from .app import APP
from .contract import Channel
from .email import EMAIL
from .form import FORM
from .hand import HAND
from .post import POST
from .registered import REGISTERED

__all__ = ["CHANNELS", "Channel"]

CHANNELS: dict[str, Channel] = {
    channel.key: channel for channel in (EMAIL, FORM, REGISTERED, POST, APP, HAND)
}
