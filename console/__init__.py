"""For people: the command line (and later the web pages)."""
