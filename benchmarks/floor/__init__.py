"""What SQLite itself takes for a page of 1000 runs: a C program over a schema of its own, the unit of the page's ratio.

Everything in this folder stays as it is when the program changes, so that ratios can be compared over years.
"""
