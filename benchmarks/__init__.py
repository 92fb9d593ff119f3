"""The benchmarks of `make bench`: this project, its peers and the limit, on the same data in one run.

No test and no thresholds: a machine's noise is in every figure, so only the ratios of one run speak.
Each measurement runs in a process of its own, which also tells its peak memory.
"""
