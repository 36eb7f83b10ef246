"""How long a team keeps what is closed, and the proof of what it destroyed."""
