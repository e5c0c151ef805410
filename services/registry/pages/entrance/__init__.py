"""The registry's door for people: coming in, by letter, by mail, by an identity provider; and going out."""
