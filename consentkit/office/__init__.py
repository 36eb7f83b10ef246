"""What an office keeps beside its cases: tags, saved views, notes, time, outcomes, exports."""
