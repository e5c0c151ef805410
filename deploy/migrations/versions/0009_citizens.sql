-- What citizens report, and the switch for the time before elections.
SELECT 1;
