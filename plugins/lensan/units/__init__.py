"""The way back to the units: blank forms, answers to their files, reminders."""
