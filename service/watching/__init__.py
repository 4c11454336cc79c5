"""What an operator sees of a running server: figures and spans, and never a shopper."""
