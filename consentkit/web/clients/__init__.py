"""What the pages of a team's clients are made of."""
