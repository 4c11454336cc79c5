"""The report of a test as one HTML page, which needs nothing else and holds nothing of any person."""
