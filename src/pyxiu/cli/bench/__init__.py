"""Benchmarks: each measures one part of Pyxiu against a yardstick in the same run and returns plain data for JSON."""
