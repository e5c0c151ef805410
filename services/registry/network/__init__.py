"""Who is in the network, and who may speak."""
