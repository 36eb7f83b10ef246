"""For whom we act: clients, who else is involved, whether we may, and by what authority.

``models`` are the tables, ``actions`` the only code that writes them, ``names`` compares names
across spellings and scripts, ``mandates`` says whether a letter lies within a mandate.
"""
