"""What a case does to the world: each activity may run twice and must do its work once."""
