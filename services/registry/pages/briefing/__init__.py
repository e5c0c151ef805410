"""Country, city or theme on one sheet, for tomorrow's meeting."""
