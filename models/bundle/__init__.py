"""The trained model as a directory of memory-mapped arrays."""
