"""Made-up cases and mapping files to try Casefold with; nothing in this folder is about anybody."""
