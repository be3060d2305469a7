"""What does one paste into Excel or Power BI to read the runs?

The key is not in it: with the credential "Basic" both keep it in their credential store, not in the workbook.
"""

from __future__ import annotations

_QUERY = """\
let
    Page = (cursor) => Json.Document(Web.Contents("ADDRESS", [
        RelativePath = "api/v1/production/runs",
        Query = [from = "2026-03-01", to = "2026-03-31", limit = "1000"]
            & (if cursor = null then [] else [cursor = cursor])
    ])),
    Pages = List.Generate(
        () => Page(null),
        each _ <> null,
        each if Record.HasFields([meta], "next_cursor") then Page([meta][next_cursor]) else null
    ),
    Rows = List.Combine(List.Transform(Pages, each [data])),
    Runs = Table.FromRecords(Rows, {"id", "started_at", "ended_at", "units_produced", "machine", "product", "oee"}),
    Machines = Table.ExpandRecordColumn(Runs, "machine", {"name"}, {"machine"}),
    Products = Table.ExpandRecordColumn(Machines, "product", {"sku"}, {"sku"}),
    Scores = Table.ExpandRecordColumn(Products, "oee", {"availability", "performance", "quality", "overall"})
in
    Scores"""


def write_query(address: str) -> str:
    """The query in Power Query's language M, for the service at that address."""
    return _QUERY.replace("ADDRESS", address)
