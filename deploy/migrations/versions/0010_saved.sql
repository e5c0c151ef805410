-- Filters that people keep.
SELECT 1;
