"""Everything of an account as one file, and back: no case, no letter and no byte of it is lost.

``form`` says what stands in such a file, ``writing`` makes one, ``reading`` looks through one that
somebody brings and trusts nothing in it, ``restoring`` puts its cases into an account.
docs/archive.md describes the file for people, docs/archive.schema.json for programs.
"""
