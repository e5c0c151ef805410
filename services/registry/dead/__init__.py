"""Messages that could not be handled: looked at, and moved as operators order."""
