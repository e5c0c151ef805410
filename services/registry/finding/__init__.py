"""Finding and comparing, beside the registering transaction."""
