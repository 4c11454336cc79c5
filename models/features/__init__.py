"""What is known of a pair of items: one family of features a file, each feature with its name and unit."""
