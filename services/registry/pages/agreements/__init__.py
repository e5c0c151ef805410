"""An agreement, its story, its receipts; and the list of all that the reader may see."""
