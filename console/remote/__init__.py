"""The house at the other end of a connection: commands work with it as they do with the one next door."""
