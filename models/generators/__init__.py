"""Candidate generators: one method a module, one protocol for all."""
