"""The pages of campaigns: those of the team that runs one, and those that people join by."""
