"""The endpoints.  One file is one endpoint; a new one is a new file and a line here.

The tuple is explicit, not found by looking through the folder, so that it survives freezing into one file.
"""

from __future__ import annotations

from nexshift.listing import Endpoint
from nexshift.listings.batches import BATCHES
from nexshift.listings.checks import CHECKS
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.incidents import INCIDENTS
from nexshift.listings.logs import LOGS
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY

LISTINGS: tuple[Endpoint, ...] = (RUNS, SUMMARY, CHECKS, DOWNTIME, INCIDENTS, BATCHES, LOGS)
