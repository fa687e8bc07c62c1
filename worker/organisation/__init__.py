"""The organisation of the demonstration: its people, what its customers have to say, and its last six weeks."""
