-- What people have taken note of.
SELECT 1;
