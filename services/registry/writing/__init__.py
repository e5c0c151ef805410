"""What is written down: the ledger, agreements and what follows from them, in one transaction."""
