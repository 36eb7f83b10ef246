"""ConsentKit: letters that make platforms answer, and clocks that can explain themselves."""
