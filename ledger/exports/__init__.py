"""Cases in the forms that other programs read: XES, OCEL 2.0, CSV, JSON lines. Nothing here is made for the eye."""
