"""The deterministic core: commands in, events out, integers only.

Invariant: nothing here does I/O, reads a clock or draws randomness, so that the same commands at the same times give
the same bytes on every machine. Limit: one core serves one exchange; it is not thread-safe and needs no lock.
"""
