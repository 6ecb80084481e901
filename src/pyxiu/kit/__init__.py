"""Tiny helpers without domain words: clock, ids, failpoints, retries."""
