"""One click: the state, a city, a country, a region, a theme, a goal."""
