"""People from a spreadsheet: reading it, checking every cell, and entering them."""
