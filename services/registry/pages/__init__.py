"""The registry's door for people."""
