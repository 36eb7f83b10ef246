"""The pages of a case: its timeline, what can be recorded, the letters that carry it on."""
