"""A case: one request to one company under one law, from the letter to the end.

The log of facts (``log``) is the truth. Where a case stands (``posture``) and what is due is
computed from it by ``law``; the tables only keep an index of the next dates. Only ``actions``
writes.
"""
