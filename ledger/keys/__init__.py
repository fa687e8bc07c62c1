"""Personal data: each field sealed under its person's key; the keys lie in a database of their own, wrapped.

`master`: the keys that wrap keys; `store`: the database; `ring`: seals and opens; `sealing`: what the recorder uses.
"""
