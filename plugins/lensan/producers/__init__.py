"""Who is the same producer."""
