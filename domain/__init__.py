"""What a case is: pure Python, standard library only. No clock, no randomness, no input or output."""
