"""What the cases of a team say together: statistics, publications, reports."""
