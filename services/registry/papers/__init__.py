"""Sheets that are made, and documents that are kept."""
