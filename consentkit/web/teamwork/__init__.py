"""The pages of a team: its people, walls and audit log."""
