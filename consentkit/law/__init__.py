"""The law, as a lawyer would write it down. Pure Python: no Django, no clock, no database.

A short tour, from the bottom up:

``periods``     lengths of legal time; each knows its last day
``places``      time zones, and which residences form a region
``holidays``    public holidays of a place in a year, established or only arguable
``us_holidays`` statutory tables of American states, where the library differs
``calendars``   which days count in which place
``events``      what can happen in a case
``vocabulary``  the nouns a statute file is written with
``statutes``    one file a law, read beside the statute book
``reckoning``   one duty and a history make a date that can explain itself
``procedure``   the deadlines of a case
``steps``       each step of counting as a sentence
``docket``      the JSON language of deadline cases
``children``    the ages on which something turns, and who may write for a child
``applicability``  does a law protect this person, and why
``lawfulness``  was it lawful, what a platform said about a request
``settlements``  class settlements that may have ended earlier claims
"""
