"""The printing works: letters as PDF files, at the speed of a mail merge.

``writer`` puts finished objects into a file. ``typefaces`` embeds fonts. ``forme`` keeps letters
that were set in full, so that the next one of the same shape needs only its own words set.
``works`` decides which way a letter takes, and watches that both ways print the same.
"""
