"""Many at once: campaigns that people join, imports, letters and reminders in bulk."""
