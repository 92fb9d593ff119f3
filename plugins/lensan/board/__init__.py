"""The operations board: pages for officers and operators inside Airflow's UI (docs/decisions/0015-operations-board.md).

``facts`` reads, ``drawing`` draws, ``pages`` writes HTML, ``app`` lets people in and does what they ask.
"""
