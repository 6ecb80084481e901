"""The command line: pyxiu up, run, migrate, journal, bench and the rest."""
