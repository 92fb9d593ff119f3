"""What is true without a database: periods, places, contracts, values, what a report holds."""
