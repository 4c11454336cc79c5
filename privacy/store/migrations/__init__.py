"""How the tables came to be what they are, one change a file."""
