"""The door for web servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")
application = get_wsgi_application()
# What is loaded now stays as long as the server runs: to look through it for what nobody needs any
# more, as Python else does every few requests, holds up a page by a tenth of a second.
gc.collect()
gc.freeze()
