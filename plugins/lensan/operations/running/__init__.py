"""How the house runs on one machine: embedded PostgreSQL, Airflow's processes, the mail catcher."""
