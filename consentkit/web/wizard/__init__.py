"""The wizard: one page that grows from "Where do you live?" to a letter and its dates.

``places``     countries and regions by name
``concerns``   what people want, in their words, and the letters that ask for it
``rights``     which right an earlier letter used, where the time for an answer depends on it
``answers``    everything somebody has answered so far, read from one form
``warnings``   what looks like a number that nobody should send
``letter``     the letter as it can be edited
``sending``    the ways a letter can go, and what to keep
``dates``      the dates that follow, on the page and as a calendar
``page``       which sections are open, and what each shows

Nothing here is stored: every answer travels in the form, and comes back in the next one.
"""
