-- Numbers of changes are a company's own; what no key can read is in no deletion.
-- Released: never changed again.
DROP TRIGGER site_came;

DROP TRIGGER site_changes;

DROP TRIGGER machine_came;

DROP TRIGGER machine_changes;

DROP TRIGGER product_came;

DROP TRIGGER product_changes;

DROP TRIGGER operator_came;

DROP TRIGGER operator_changes;

DROP TRIGGER template_came;

DROP TRIGGER template_changes;

DROP TRIGGER asset_came;

DROP TRIGGER asset_changes;

DROP TRIGGER material_came;

DROP TRIGGER material_changes;

DROP TRIGGER recipe_came;

DROP TRIGGER recipe_changes;

DROP TRIGGER standard_came;

DROP TRIGGER standard_changes;

DROP TRIGGER run_came;

DROP TRIGGER run_changes;

DROP TRIGGER quality_check_came;

DROP TRIGGER quality_check_changes;

DROP TRIGGER maintenance_came;

DROP TRIGGER maintenance_changes;

DROP TRIGGER incident_came;

DROP TRIGGER incident_changes;

DROP TRIGGER batch_came;

DROP TRIGGER batch_changes;

DROP TRIGGER material_log_came;

DROP TRIGGER material_log_changes;

DROP TRIGGER standard_gone;

DROP TRIGGER standard_moved;

DROP TRIGGER standard_replaced;

DROP TRIGGER standard_replaces;

DROP TRIGGER scrap_came;

DROP TRIGGER scrap_changes;

DROP TRIGGER scrap_left;

DROP TRIGGER scrap_replaces;

DROP TRIGGER scrap_gone;

DROP TRIGGER downtime_came;

DROP TRIGGER downtime_changes;

DROP TRIGGER downtime_left;

DROP TRIGGER downtime_replaces;

DROP TRIGGER downtime_gone;

DROP TRIGGER ingredient_came;

DROP TRIGGER ingredient_changes;

DROP TRIGGER ingredient_left;

DROP TRIGGER ingredient_replaces;

DROP TRIGGER ingredient_gone;

DROP TRIGGER run_gone;

DROP TRIGGER run_left;

DROP TRIGGER run_replaced;

DROP TRIGGER run_replaces;

DROP TRIGGER quality_check_gone;

DROP TRIGGER quality_check_left;

DROP TRIGGER quality_check_replaced;

DROP TRIGGER quality_check_replaces;

DROP TRIGGER maintenance_gone;

DROP TRIGGER maintenance_left;

DROP TRIGGER maintenance_replaced;

DROP TRIGGER maintenance_replaces;

DROP TRIGGER incident_gone;

DROP TRIGGER incident_left;

DROP TRIGGER incident_replaced;

DROP TRIGGER incident_replaces;

DROP TRIGGER batch_gone;

DROP TRIGGER batch_left;

DROP TRIGGER batch_replaced;

DROP TRIGGER batch_replaces;

DROP TRIGGER material_log_gone;

DROP TRIGGER material_log_left;

DROP TRIGGER material_log_replaced;

DROP TRIGGER material_log_replaces;

DROP TRIGGER company_zone;

DROP TRIGGER site_gone;

DROP TRIGGER key_site_gone;

ALTER TABLE commit_sequence RENAME TO former_commit_sequence;

CREATE TABLE commit_sequence (
  company_id INTEGER PRIMARY KEY,
  value INTEGER NOT NULL CHECK (value >= restarted),
  restarted INTEGER NOT NULL CHECK (restarted > 0),
  is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1))
) STRICT;

INSERT INTO commit_sequence (company_id, value, restarted)
  SELECT company.id, former.value, former.restarted FROM company CROSS JOIN former_commit_sequence former;

DROP TABLE former_commit_sequence;

CREATE INDEX commit_sequence_held ON commit_sequence (company_id) WHERE is_held = 1;

DROP INDEX deletion_company;

DROP INDEX deletion_site;

DROP INDEX deletion_row;

ALTER TABLE deletion RENAME TO former_deletion;

CREATE TABLE deletion (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  deleted_at INTEGER NOT NULL CHECK (deleted_at BETWEEN -62135596800 AND 253402300799) DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
  company_id INTEGER NOT NULL REFERENCES company (id) ON DELETE CASCADE,
  site_id INTEGER NOT NULL,
  table_name TEXT NOT NULL CHECK (length(table_name) BETWEEN 1 AND 100),
  uuid TEXT NOT NULL CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]')
) STRICT;

INSERT INTO deletion (id, sequence, deleted_at, company_id, site_id, table_name, uuid)
  SELECT id, sequence, deleted_at, company_id, site_id, table_name, uuid FROM former_deletion;

DROP TABLE former_deletion;

CREATE INDEX deletion_company ON deletion (company_id, sequence, uuid, table_name);

CREATE INDEX deletion_site ON deletion (site_id, sequence, uuid, table_name);

CREATE INDEX deletion_row ON deletion (uuid);

CREATE TRIGGER company_came AFTER INSERT ON company BEGIN UPDATE commit_sequence SET (value, restarted) = (SELECT number, number FROM (SELECT max(value + 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000) AS number)) WHERE company_id = NEW.id; INSERT INTO commit_sequence (company_id, value, restarted) SELECT NEW.id, CAST(strftime('%s', 'now') AS INTEGER) * 1000, CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE NOT EXISTS (SELECT 1 FROM commit_sequence WHERE company_id = NEW.id); END;

CREATE TRIGGER company_renumbered AFTER UPDATE OF id ON company WHEN NEW.id IS NOT OLD.id BEGIN UPDATE commit_sequence SET (value, restarted) = (SELECT number, number FROM (SELECT max(value + 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000) AS number)) WHERE company_id = NEW.id; INSERT INTO commit_sequence (company_id, value, restarted) SELECT NEW.id, CAST(strftime('%s', 'now') AS INTEGER) * 1000, CAST(strftime('%s', 'now') AS INTEGER) * 1000 WHERE NOT EXISTS (SELECT 1 FROM commit_sequence WHERE company_id = NEW.id); END;

CREATE TRIGGER site_came AFTER INSERT ON site WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE site SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER site_changes AFTER UPDATE OF id, uuid, company_id, name, location ON site WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE site SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER machine_came AFTER INSERT ON machine WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER machine_changes AFTER UPDATE OF id, uuid, company_id, site_id, name, uom ON machine WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER product_came AFTER INSERT ON product WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE product SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER product_changes AFTER UPDATE OF id, uuid, company_id, sku, description ON product WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE product SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER operator_came AFTER INSERT ON operator WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE operator SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER operator_changes AFTER UPDATE OF id, uuid, company_id, full_name ON operator WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE operator SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER template_came AFTER INSERT ON template WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE template SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER template_changes AFTER UPDATE OF id, uuid, company_id, name ON template WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE template SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER asset_came AFTER INSERT ON asset WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE asset SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER asset_changes AFTER UPDATE OF id, uuid, company_id, site_id, asset_number, name, category ON asset WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE asset SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER material_came AFTER INSERT ON material WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE material SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER material_changes AFTER UPDATE OF id, uuid, company_id, code, name ON material WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE material SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER recipe_came AFTER INSERT ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER recipe_changes AFTER UPDATE OF id, uuid, company_id, code, name, version, is_formulation ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER standard_came AFTER INSERT ON standard WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE standard SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER standard_changes AFTER UPDATE OF id, uuid, company_id, machine_id, product_id, ideal_cycle_seconds ON standard WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE standard SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER run_came AFTER INSERT ON run WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER run_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, product_id, operator_id, status, started_at, ended_at, setup_duration_seconds, running_at, units_produced, target_quantity, batch_number ON run WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER quality_check_came AFTER INSERT ON quality_check WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE quality_check SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER quality_check_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, template_id, logged_by_id, checked_at, passed, notes ON quality_check WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE quality_check SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER maintenance_came AFTER INSERT ON maintenance WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE maintenance SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER maintenance_changes AFTER UPDATE OF id, uuid, company_id, site_id, asset_id, started_at, ended_at, reason ON maintenance WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE maintenance SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER incident_came AFTER INSERT ON incident WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE incident SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER incident_changes AFTER UPDATE OF id, uuid, company_id, site_id, reference_number, title, severity, status, occurred_at, location ON incident WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE incident SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER batch_came AFTER INSERT ON batch WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER batch_changes AFTER UPDATE OF id, uuid, company_id, site_id, recipe_id, batch_number, total_qty, qty_uom, notes, created_at ON batch WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER material_log_came AFTER INSERT ON material_log WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE material_log SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER material_log_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, run_id, recipe_id, material_id, logged_at, qty_used, uom, supplier_batch ON material_log WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id AND is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.company_id) AND is_held = 0; UPDATE material_log SET changed = (SELECT value FROM commit_sequence WHERE company_id = NEW.company_id) WHERE id = NEW.id; END;

CREATE TRIGGER standard_gone AFTER DELETE ON standard BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM machine WHERE id IN (OLD.machine_id)) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = machine.company_id) WHERE id IN (OLD.machine_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = machine.company_id); END;

CREATE TRIGGER standard_moved AFTER UPDATE OF machine_id, product_id ON standard WHEN NEW.machine_id IS NOT OLD.machine_id OR NEW.product_id IS NOT OLD.product_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM machine WHERE id IN (OLD.machine_id)) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = machine.company_id) WHERE id IN (OLD.machine_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = machine.company_id); END;

CREATE TRIGGER standard_replaced BEFORE INSERT ON standard WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM machine WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid)) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = machine.company_id) WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = machine.company_id); END;

CREATE TRIGGER standard_replaces BEFORE UPDATE OF id, uuid ON standard WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM machine WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid)) AND is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence WHERE company_id = machine.company_id) WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = machine.company_id); END;

CREATE TRIGGER scrap_came BEFORE INSERT ON scrap WHEN NOT EXISTS (SELECT 1 FROM run parent CROSS JOIN commit_sequence held ON held.company_id = parent.company_id WHERE parent.id = NEW.run_id AND held.is_held = 1 AND held.value = parent.changed) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM scrap child CROSS JOIN run parent ON parent.id = child.run_id WHERE (child.uuid = NEW.uuid) AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER scrap_changes AFTER UPDATE OF run_id, timestamp, uuid, units, reason ON scrap BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (OLD.run_id, NEW.run_id)) AND is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (OLD.run_id, NEW.run_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER scrap_left AFTER UPDATE OF run_id, uuid ON scrap WHEN NEW.run_id IS NOT OLD.run_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id = OLD.run_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id AND parent.status = 'completed'; END;

CREATE TRIGGER scrap_replaces BEFORE UPDATE OF uuid ON scrap WHEN (NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM scrap child CROSS JOIN run parent ON parent.id = child.run_id WHERE (child.uuid = NEW.uuid) AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER scrap_gone AFTER DELETE ON scrap WHEN EXISTS (SELECT 1 FROM run WHERE id = OLD.run_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id = OLD.run_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (OLD.run_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER downtime_came BEFORE INSERT ON downtime WHEN NOT EXISTS (SELECT 1 FROM run parent CROSS JOIN commit_sequence held ON held.company_id = parent.company_id WHERE parent.id = NEW.run_id AND held.is_held = 1 AND held.value = parent.changed) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM downtime child CROSS JOIN run parent ON parent.id = child.run_id WHERE (child.uuid = NEW.uuid) AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER downtime_changes AFTER UPDATE OF run_id, started_at, uuid, ended_at, category, reason ON downtime BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (OLD.run_id, NEW.run_id)) AND is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (OLD.run_id, NEW.run_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER downtime_left AFTER UPDATE OF run_id, uuid ON downtime WHEN NEW.run_id IS NOT OLD.run_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id = OLD.run_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id AND parent.status = 'completed'; END;

CREATE TRIGGER downtime_replaces BEFORE UPDATE OF uuid ON downtime WHEN (NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id IN (SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM downtime child CROSS JOIN run parent ON parent.id = child.run_id WHERE (child.uuid = NEW.uuid) AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER downtime_gone AFTER DELETE ON downtime WHEN EXISTS (SELECT 1 FROM run WHERE id = OLD.run_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run WHERE id = OLD.run_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id AND parent.status = 'completed'; UPDATE run SET changed = (SELECT value FROM commit_sequence WHERE company_id = run.company_id) WHERE id IN (OLD.run_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = run.company_id); END;

CREATE TRIGGER ingredient_came BEFORE INSERT ON ingredient WHEN NOT EXISTS (SELECT 1 FROM batch parent CROSS JOIN commit_sequence held ON held.company_id = parent.company_id WHERE parent.id = NEW.batch_id AND held.is_held = 1 AND held.value = parent.changed) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch WHERE id IN (SELECT NEW.batch_id UNION ALL SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child CROSS JOIN batch parent ON parent.id = child.batch_id WHERE (child.id = NEW.id OR child.uuid = NEW.uuid) AND TRUE; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = batch.company_id) WHERE id IN (SELECT NEW.batch_id UNION ALL SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = batch.company_id); END;

CREATE TRIGGER ingredient_changes AFTER UPDATE OF id, uuid, company_id, batch_id, material_id, qty_used, uom, supplier_batch ON ingredient BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch WHERE id IN (OLD.batch_id, NEW.batch_id)) AND is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = batch.company_id) WHERE id IN (OLD.batch_id, NEW.batch_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = batch.company_id); END;

CREATE TRIGGER ingredient_left AFTER UPDATE OF batch_id, uuid ON ingredient WHEN NEW.batch_id IS NOT OLD.batch_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch WHERE id = OLD.batch_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', OLD.uuid FROM batch parent WHERE parent.id = OLD.batch_id AND TRUE; END;

CREATE TRIGGER ingredient_replaces BEFORE UPDATE OF id, uuid ON ingredient WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch WHERE id IN (SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid)) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child CROSS JOIN batch parent ON parent.id = child.batch_id WHERE (child.id = NEW.id OR child.uuid = NEW.uuid) AND TRUE; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = batch.company_id) WHERE id IN (SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = batch.company_id); END;

CREATE TRIGGER ingredient_gone AFTER DELETE ON ingredient WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch WHERE id = OLD.batch_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', OLD.uuid FROM batch parent WHERE parent.id = OLD.batch_id AND TRUE; UPDATE batch SET changed = (SELECT value FROM commit_sequence WHERE company_id = batch.company_id) WHERE id IN (OLD.batch_id) AND changed <> (SELECT value FROM commit_sequence WHERE company_id = batch.company_id); END;

CREATE TRIGGER run_gone BEFORE DELETE ON run WHEN OLD.status = 'completed' BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs_scrap', child.uuid FROM scrap child WHERE child.run_id = OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs_downtime', child.uuid FROM downtime child WHERE child.run_id = OLD.id; END;

CREATE TRIGGER run_left AFTER UPDATE OF uuid, company_id, site_id, status ON run WHEN OLD.status = 'completed' AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id OR NEW.status IS NOT OLD.status) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs_scrap', child.uuid FROM scrap child WHERE child.run_id = OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'production_runs_downtime', child.uuid FROM downtime child WHERE child.run_id = OLD.id; END;

CREATE TRIGGER run_replaced BEFORE INSERT ON run WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.status = 'completed') AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs', parent.uuid FROM run parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.status = 'completed'; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM run parent CROSS JOIN scrap child ON child.run_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.status = 'completed'; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM run parent CROSS JOIN downtime child ON child.run_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.status = 'completed'; END;

CREATE TRIGGER run_replaces BEFORE UPDATE OF id, uuid, machine_id, started_at ON run WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.machine_id IS NOT OLD.machine_id OR NEW.started_at IS NOT OLD.started_at) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM run parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id) AND parent.status = 'completed') AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs', parent.uuid FROM run parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id) AND parent.status = 'completed'; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM run parent CROSS JOIN scrap child ON child.run_id = parent.id WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id) AND parent.status = 'completed'; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM run parent CROSS JOIN downtime child ON child.run_id = parent.id WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id) AND parent.status = 'completed'; END;

CREATE TRIGGER quality_check_gone BEFORE DELETE ON quality_check WHEN TRUE BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'quality_checks', OLD.uuid; END;

CREATE TRIGGER quality_check_left AFTER UPDATE OF uuid, company_id, site_id ON quality_check WHEN TRUE AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'quality_checks', OLD.uuid; END;

CREATE TRIGGER quality_check_replaced BEFORE INSERT ON quality_check WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM quality_check parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'quality_checks', parent.uuid FROM quality_check parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE; END;

CREATE TRIGGER quality_check_replaces BEFORE UPDATE OF id, uuid ON quality_check WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM quality_check parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'quality_checks', parent.uuid FROM quality_check parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE; END;

CREATE TRIGGER maintenance_gone BEFORE DELETE ON maintenance WHEN TRUE BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'maintenance_downtime', OLD.uuid; END;

CREATE TRIGGER maintenance_left AFTER UPDATE OF uuid, company_id, site_id ON maintenance WHEN TRUE AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'maintenance_downtime', OLD.uuid; END;

CREATE TRIGGER maintenance_replaced BEFORE INSERT ON maintenance WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM maintenance parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'maintenance_downtime', parent.uuid FROM maintenance parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE; END;

CREATE TRIGGER maintenance_replaces BEFORE UPDATE OF id, uuid ON maintenance WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM maintenance parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'maintenance_downtime', parent.uuid FROM maintenance parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE; END;

CREATE TRIGGER incident_gone BEFORE DELETE ON incident WHEN TRUE BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'safety_incidents', OLD.uuid; END;

CREATE TRIGGER incident_left AFTER UPDATE OF uuid, company_id, site_id ON incident WHEN TRUE AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'safety_incidents', OLD.uuid; END;

CREATE TRIGGER incident_replaced BEFORE INSERT ON incident WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM incident parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number)) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'safety_incidents', parent.uuid FROM incident parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number)) AND TRUE; END;

CREATE TRIGGER incident_replaces BEFORE UPDATE OF id, uuid, company_id, reference_number ON incident WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.reference_number IS NOT OLD.reference_number) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM incident parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number)) AND parent.id <> OLD.id) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'safety_incidents', parent.uuid FROM incident parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number)) AND parent.id <> OLD.id) AND TRUE; END;

CREATE TRIGGER batch_gone BEFORE DELETE ON batch WHEN TRUE BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_batches', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child WHERE child.batch_id = OLD.id; END;

CREATE TRIGGER batch_left AFTER UPDATE OF uuid, company_id, site_id ON batch WHEN TRUE AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_batches', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child WHERE child.batch_id = OLD.id; END;

CREATE TRIGGER batch_replaced BEFORE INSERT ON batch WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches', parent.uuid FROM batch parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND TRUE; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM batch parent CROSS JOIN ingredient child ON child.batch_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND TRUE; END;

CREATE TRIGGER batch_replaces BEFORE UPDATE OF id, uuid, site_id, batch_number ON batch WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.site_id IS NOT OLD.site_id OR NEW.batch_number IS NOT OLD.batch_number) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM batch parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND parent.id <> OLD.id) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches', parent.uuid FROM batch parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND parent.id <> OLD.id) AND TRUE; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM batch parent CROSS JOIN ingredient child ON child.batch_id = parent.id WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND parent.id <> OLD.id) AND TRUE; END;

CREATE TRIGGER material_log_gone BEFORE DELETE ON material_log WHEN TRUE BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_logs', OLD.uuid; END;

CREATE TRIGGER material_log_left AFTER UPDATE OF uuid, company_id, site_id ON material_log WHEN TRUE AND (NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = OLD.company_id), OLD.company_id, OLD.site_id, 'batching_logs', OLD.uuid; END;

CREATE TRIGGER material_log_replaced BEFORE INSERT ON material_log WHEN NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM material_log parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_logs', parent.uuid FROM material_log parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND TRUE; END;

CREATE TRIGGER material_log_replaces BEFORE UPDATE OF id, uuid ON material_log WHEN (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) AND NOT EXISTS (SELECT 1 FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (SELECT company_id FROM material_log parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE) AND is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence WHERE company_id = parent.company_id), parent.company_id, parent.site_id, 'batching_logs', parent.uuid FROM material_log parent WHERE ((parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id) AND TRUE; END;

CREATE TRIGGER company_zone AFTER UPDATE OF timezone ON company WHEN NEW.timezone IS NOT OLD.timezone BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (NEW.id) AND is_held = 0; UPDATE commit_sequence SET restarted = value WHERE company_id = NEW.id; END;

CREATE TRIGGER site_gone AFTER DELETE ON site BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; UPDATE commit_sequence SET restarted = value WHERE company_id = OLD.company_id; END;

CREATE TRIGGER key_site_gone AFTER DELETE ON api_key_site BEGIN UPDATE commit_sequence SET value = value + 1 WHERE company_id IN (OLD.company_id) AND is_held = 0; UPDATE commit_sequence SET restarted = value WHERE company_id = OLD.company_id; END;
