"""The settings of the tests: those of an empty ``.env``, whatever this machine's own file says.

Only the database may be chosen from outside, by DATABASE_URL.
"""

import os
import re
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"
for name in re.findall(r"^#?\s?([A-Z_]+)=", EXAMPLE.read_text(), flags=re.MULTILINE):
    if name != "DATABASE_URL":
        os.environ.pop(name, None)
os.environ["PYTHON_DOTENV_DISABLED"] = "1"

from consentkit.settings import *  # noqa: E402, F403 (after the environment is clean)

# Real password hashes are slow on purpose; tests log in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests that look into the outbox make one of their own.
OUTBOX_FOLDER = ""
# Keys that open nothing but what tests have sealed.
FIELD_KEYS, SEARCH_KEY = (
    ["dGVzdHNlYWx0ZXN0c2VhbHRlc3RzZWFsdGVzdHNlYWw="],
    ["c2VhcmNoLXNlYXJjaC1zZWFyY2gtc2VhcmNoLXNlYXI="],
)
