"""The shop's ledger of consent as the trainer reads it: from its database or from an export, of one moment."""
