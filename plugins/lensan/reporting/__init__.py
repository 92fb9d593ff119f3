"""From a frozen Report to the files and the mail: no clock, no database, no chance."""
