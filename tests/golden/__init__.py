"""The golden corpus: entries exactly as some release wrote them, which every later release must read the same.

Add-only. `python -m tests.golden.record` adds what is missing; it never changes a file that is there.
"""
