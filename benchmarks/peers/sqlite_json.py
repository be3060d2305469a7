"""The page as one text that SQLite's JSON functions write, behind a bare Litestar handler; without OEE.

`uvicorn benchmarks.peers.sqlite_json:app`, with $PLANT_DB as the database.
"""

from __future__ import annotations

import os
from threading import local

from litestar import Litestar, get

from nexshift.storage.library import sqlite3

INSTANT = "strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')".format
PAGE = f"""
SELECT json_object(
  'company', (SELECT name FROM company WHERE id = 1),
  'data', (
    SELECT json_group_array(json_object(
      'id', r.uuid, 'started_at', {INSTANT("r.started_at")}, 'ended_at', {INSTANT("r.ended_at")}, 'status', r.status,
      'setup_duration_seconds', r.setup_duration_seconds, 'running_at', {INSTANT("r.running_at")},
      'units_produced', r.units_produced, 'target_quantity', r.target_quantity, 'batch_number', r.batch_number,
      'machine', json_object('id', m.uuid, 'name', m.name, 'uom', m.uom),
      'site', json_object('id', s.uuid, 'name', s.name, 'location', s.location),
      'product', json_object('id', p.uuid, 'sku', p.sku, 'description', p.description),
      'operator', iif(o.id IS NULL, NULL, json_object('id', o.uuid, 'full_name', o.full_name)),
      'scrap', (
        SELECT json_group_array(json_object(
          'id', c.uuid, 'units', c.units, 'reason', c.reason, 'timestamp', {INSTANT("c.timestamp")}
        )) FROM scrap c WHERE c.run_id = r.id
      ),
      'downtime', (
        SELECT json_group_array(json_object(
          'id', d.uuid, 'started_at', {INSTANT("d.started_at")}, 'ended_at', {INSTANT("d.ended_at")},
          'duration_minutes', CAST((d.ended_at - d.started_at) / 6.0 + 0.5 AS INTEGER) / 10.0,
          'category', d.category, 'reason', d.reason
        )) FROM downtime d WHERE d.run_id = r.id
      )
    ))
    FROM (
      SELECT * FROM run WHERE company_id = 1 AND status = 'completed' ORDER BY started_at DESC, uuid LIMIT ?
    ) r
    JOIN machine m ON m.id = r.machine_id
    JOIN site s ON s.id = r.site_id
    JOIN product p ON p.id = r.product_id
    LEFT JOIN operator o ON o.id = r.operator_id
  ),
  'meta', json_object('from', NULL, 'to', NULL, 'count', ?)
)
"""
_thread = local()


@get("/production/runs", media_type="application/json", sync_to_thread=True)
def page(limit: int) -> str:
    if not hasattr(_thread, "connection"):
        _thread.connection = sqlite3.connect(f"file:{os.environ['PLANT_DB']}?mode=ro", uri=True)
    (text,) = _thread.connection.execute(PAGE, (limit, limit)).fetchone()
    return str(text)


app = Litestar([page], openapi_config=None, logging_config=None)
