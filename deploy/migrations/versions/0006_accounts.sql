-- Who comes in, by letter, by mail, and until when; what was read.
SELECT 1;
