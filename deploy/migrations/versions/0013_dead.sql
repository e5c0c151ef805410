SELECT; -- nothing yet
