"""What is personal is sealed before it reaches the database, with keys that are not in it.

``keys`` holds the key ring, ``cipher`` seals and opens bytes, ``fields`` are the model fields,
``words`` makes an index that can be searched without showing what was indexed, ``addresses`` seals
e-mail addresses so that they can be looked up. ``sessions`` and ``cached`` see to what Django
itself writes down of a visit.
"""
