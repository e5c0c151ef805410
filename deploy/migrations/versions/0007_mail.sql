-- What goes out by mail, once.
SELECT 1;
