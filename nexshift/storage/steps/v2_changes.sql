-- When each row changed last, and what was deleted since.  Released: never changed again.
CREATE TABLE commit_sequence (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL CHECK (value >= restarted),
  restarted INTEGER NOT NULL CHECK (restarted > 0),
  is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1))
) STRICT;

INSERT INTO commit_sequence (id, value, restarted) SELECT 1, ms, ms FROM (SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 AS ms);

CREATE TABLE deletion (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  deleted_at INTEGER NOT NULL CHECK (deleted_at BETWEEN -62135596800 AND 253402300799) DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
  company_id INTEGER NOT NULL REFERENCES company (id) ON DELETE CASCADE,
  site_id INTEGER NOT NULL,
  table_name TEXT NOT NULL CHECK (table_name IN ('production_runs', 'production_runs_scrap', 'production_runs_downtime', 'quality_checks', 'maintenance_downtime', 'safety_incidents', 'batching_batches', 'batching_batches_ingredients', 'batching_logs')),
  uuid TEXT NOT NULL CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]')
) STRICT;

CREATE INDEX deletion_company ON deletion (company_id, sequence);

CREATE INDEX deletion_site ON deletion (site_id, sequence);

CREATE INDEX deletion_row ON deletion (uuid);

ALTER TABLE site ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE machine ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE product ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE operator ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE template ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE asset ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE material ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE recipe ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE standard ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE run ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE quality_check ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE maintenance ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE incident ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE batch ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

ALTER TABLE material_log ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0);

CREATE INDEX site_number ON site (company_id, changed);

CREATE INDEX machine_number ON machine (company_id, changed);

CREATE INDEX product_number ON product (company_id, changed);

CREATE INDEX operator_number ON operator (company_id, changed);

CREATE INDEX template_number ON template (company_id, changed);

CREATE INDEX asset_number ON asset (company_id, changed);

CREATE INDEX material_number ON material (company_id, changed);

CREATE INDEX recipe_number ON recipe (company_id, changed);

CREATE INDEX standard_number ON standard (company_id, changed);

CREATE INDEX run_number ON run (company_id, changed);

CREATE INDEX quality_check_number ON quality_check (company_id, changed);

CREATE INDEX maintenance_number ON maintenance (company_id, changed);

CREATE INDEX incident_number ON incident (company_id, changed);

CREATE INDEX batch_number ON batch (company_id, changed);

CREATE INDEX material_log_number ON material_log (company_id, changed);

CREATE TRIGGER site_came AFTER INSERT ON site WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE site SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER site_changes AFTER UPDATE OF id, uuid, company_id, name, location ON site WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE site SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER machine_came AFTER INSERT ON machine WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER machine_changes AFTER UPDATE OF id, uuid, company_id, site_id, name, uom ON machine WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER product_came AFTER INSERT ON product WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE product SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER product_changes AFTER UPDATE OF id, uuid, company_id, sku, description ON product WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE product SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER operator_came AFTER INSERT ON operator WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE operator SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER operator_changes AFTER UPDATE OF id, uuid, company_id, full_name ON operator WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE operator SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER template_came AFTER INSERT ON template WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE template SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER template_changes AFTER UPDATE OF id, uuid, company_id, name ON template WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE template SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER asset_came AFTER INSERT ON asset WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE asset SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER asset_changes AFTER UPDATE OF id, uuid, company_id, site_id, asset_number, name, category ON asset WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE asset SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER material_came AFTER INSERT ON material WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE material SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER material_changes AFTER UPDATE OF id, uuid, company_id, code, name ON material WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE material SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER recipe_came AFTER INSERT ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER recipe_changes AFTER UPDATE OF id, uuid, company_id, code, name, version, is_formulation ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER standard_came AFTER INSERT ON standard WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE standard SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER standard_changes AFTER UPDATE OF id, uuid, company_id, machine_id, product_id, ideal_cycle_seconds ON standard WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE standard SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER run_came AFTER INSERT ON run WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER run_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, product_id, operator_id, status, started_at, ended_at, setup_duration_seconds, running_at, units_produced, target_quantity, batch_number ON run WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER quality_check_came AFTER INSERT ON quality_check WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE quality_check SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER quality_check_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, template_id, logged_by_id, checked_at, passed, notes ON quality_check WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE quality_check SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER maintenance_came AFTER INSERT ON maintenance WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE maintenance SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER maintenance_changes AFTER UPDATE OF id, uuid, company_id, site_id, asset_id, started_at, ended_at, reason ON maintenance WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE maintenance SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER incident_came AFTER INSERT ON incident WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE incident SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER incident_changes AFTER UPDATE OF id, uuid, company_id, site_id, reference_number, title, severity, status, occurred_at, location ON incident WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE incident SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER batch_came AFTER INSERT ON batch WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER batch_changes AFTER UPDATE OF id, uuid, company_id, site_id, recipe_id, batch_number, total_qty, qty_uom, notes, created_at ON batch WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER material_log_came AFTER INSERT ON material_log WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE material_log SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER material_log_changes AFTER UPDATE OF id, uuid, company_id, site_id, machine_id, run_id, recipe_id, material_id, logged_at, qty_used, uom, supplier_batch ON material_log WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE material_log SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER standard_gone AFTER DELETE ON standard BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.machine_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER standard_moved AFTER UPDATE OF machine_id, product_id ON standard WHEN NEW.machine_id IS NOT OLD.machine_id OR NEW.product_id IS NOT OLD.product_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.machine_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER standard_replaced BEFORE INSERT ON standard WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER standard_replaces BEFORE UPDATE OF id, uuid ON standard WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE machine SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT machine_id FROM standard WHERE id = NEW.id OR uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER scrap_came BEFORE INSERT ON scrap WHEN (SELECT changed FROM run WHERE id = NEW.run_id) IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM scrap child CROSS JOIN run parent ON parent.id = child.run_id WHERE child.uuid = NEW.uuid; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER scrap_changes AFTER UPDATE OF run_id, timestamp, uuid, units, reason ON scrap BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.run_id, NEW.run_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER scrap_left AFTER UPDATE OF run_id, uuid ON scrap WHEN NEW.run_id IS NOT OLD.run_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id; END;

CREATE TRIGGER scrap_replaces BEFORE UPDATE OF uuid ON scrap WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM scrap child CROSS JOIN run parent ON parent.id = child.run_id WHERE child.uuid = NEW.uuid; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT run_id FROM scrap child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER scrap_gone AFTER DELETE ON scrap WHEN EXISTS (SELECT 1 FROM run WHERE id = OLD.run_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.run_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER downtime_came BEFORE INSERT ON downtime WHEN (SELECT changed FROM run WHERE id = NEW.run_id) IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM downtime child CROSS JOIN run parent ON parent.id = child.run_id WHERE child.uuid = NEW.uuid; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT NEW.run_id UNION ALL SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER downtime_changes AFTER UPDATE OF run_id, started_at, uuid, ended_at, category, reason ON downtime BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.run_id, NEW.run_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER downtime_left AFTER UPDATE OF run_id, uuid ON downtime WHEN NEW.run_id IS NOT OLD.run_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id; END;

CREATE TRIGGER downtime_replaces BEFORE UPDATE OF uuid ON downtime WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM downtime child CROSS JOIN run parent ON parent.id = child.run_id WHERE child.uuid = NEW.uuid; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT run_id FROM downtime child WHERE child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER downtime_gone AFTER DELETE ON downtime WHEN EXISTS (SELECT 1 FROM run WHERE id = OLD.run_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', OLD.uuid FROM run parent WHERE parent.id = OLD.run_id; UPDATE run SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.run_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER ingredient_came BEFORE INSERT ON ingredient WHEN (SELECT changed FROM batch WHERE id = NEW.batch_id) IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child CROSS JOIN batch parent ON parent.id = child.batch_id WHERE child.id = NEW.id OR child.uuid = NEW.uuid; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT NEW.batch_id UNION ALL SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER ingredient_changes AFTER UPDATE OF id, uuid, company_id, batch_id, material_id, qty_used, uom, supplier_batch ON ingredient BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.batch_id, NEW.batch_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER ingredient_left AFTER UPDATE OF batch_id, uuid ON ingredient WHEN NEW.batch_id IS NOT OLD.batch_id OR NEW.uuid IS NOT OLD.uuid BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', OLD.uuid FROM batch parent WHERE parent.id = OLD.batch_id; END;

CREATE TRIGGER ingredient_replaces BEFORE UPDATE OF id, uuid ON ingredient WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child CROSS JOIN batch parent ON parent.id = child.batch_id WHERE child.id = NEW.id OR child.uuid = NEW.uuid; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id IN (SELECT batch_id FROM ingredient child WHERE child.id = NEW.id OR child.uuid = NEW.uuid) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER ingredient_gone AFTER DELETE ON ingredient WHEN EXISTS (SELECT 1 FROM batch WHERE id = OLD.batch_id) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', OLD.uuid FROM batch parent WHERE parent.id = OLD.batch_id; UPDATE batch SET changed = (SELECT value FROM commit_sequence) WHERE id IN (OLD.batch_id) AND changed <> (SELECT value FROM commit_sequence); END;

CREATE TRIGGER run_gone BEFORE DELETE ON run BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs_scrap', child.uuid FROM scrap child WHERE child.run_id = OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs_downtime', child.uuid FROM downtime child WHERE child.run_id = OLD.id; END;

CREATE TRIGGER run_left AFTER UPDATE OF uuid, company_id, site_id, status ON run WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id OR NEW.status IS NOT OLD.status BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs_scrap', child.uuid FROM scrap child WHERE child.run_id = OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'production_runs_downtime', child.uuid FROM downtime child WHERE child.run_id = OLD.id; END;

CREATE TRIGGER run_replaced BEFORE INSERT ON run WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs', parent.uuid FROM run parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at); INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM run parent CROSS JOIN scrap child ON child.run_id = parent.id WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at); INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM run parent CROSS JOIN downtime child ON child.run_id = parent.id WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at); END;

CREATE TRIGGER run_replaces BEFORE UPDATE OF id, uuid, machine_id, started_at ON run WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.machine_id IS NOT OLD.machine_id OR NEW.started_at IS NOT OLD.started_at) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs', parent.uuid FROM run parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_scrap', child.uuid FROM run parent CROSS JOIN scrap child ON child.run_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'production_runs_downtime', child.uuid FROM run parent CROSS JOIN downtime child ON child.run_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.machine_id = NEW.machine_id AND parent.started_at = NEW.started_at)) AND parent.id <> OLD.id; END;

CREATE TRIGGER quality_check_gone BEFORE DELETE ON quality_check BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'quality_checks', OLD.uuid; END;

CREATE TRIGGER quality_check_left AFTER UPDATE OF uuid, company_id, site_id ON quality_check WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'quality_checks', OLD.uuid; END;

CREATE TRIGGER quality_check_replaced BEFORE INSERT ON quality_check WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'quality_checks', parent.uuid FROM quality_check parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid; END;

CREATE TRIGGER quality_check_replaces BEFORE UPDATE OF id, uuid ON quality_check WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'quality_checks', parent.uuid FROM quality_check parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id; END;

CREATE TRIGGER maintenance_gone BEFORE DELETE ON maintenance BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'maintenance_downtime', OLD.uuid; END;

CREATE TRIGGER maintenance_left AFTER UPDATE OF uuid, company_id, site_id ON maintenance WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'maintenance_downtime', OLD.uuid; END;

CREATE TRIGGER maintenance_replaced BEFORE INSERT ON maintenance WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'maintenance_downtime', parent.uuid FROM maintenance parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid; END;

CREATE TRIGGER maintenance_replaces BEFORE UPDATE OF id, uuid ON maintenance WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'maintenance_downtime', parent.uuid FROM maintenance parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id; END;

CREATE TRIGGER incident_gone BEFORE DELETE ON incident BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'safety_incidents', OLD.uuid; END;

CREATE TRIGGER incident_left AFTER UPDATE OF uuid, company_id, site_id ON incident WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'safety_incidents', OLD.uuid; END;

CREATE TRIGGER incident_replaced BEFORE INSERT ON incident WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'safety_incidents', parent.uuid FROM incident parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number); END;

CREATE TRIGGER incident_replaces BEFORE UPDATE OF id, uuid, company_id, reference_number ON incident WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.reference_number IS NOT OLD.reference_number) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'safety_incidents', parent.uuid FROM incident parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.company_id = NEW.company_id AND parent.reference_number = NEW.reference_number)) AND parent.id <> OLD.id; END;

CREATE TRIGGER batch_gone BEFORE DELETE ON batch BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_batches', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child WHERE child.batch_id = OLD.id; END;

CREATE TRIGGER batch_left AFTER UPDATE OF uuid, company_id, site_id ON batch WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_batches', OLD.uuid; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_batches_ingredients', child.uuid FROM ingredient child WHERE child.batch_id = OLD.id; END;

CREATE TRIGGER batch_replaced BEFORE INSERT ON batch WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches', parent.uuid FROM batch parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number); INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM batch parent CROSS JOIN ingredient child ON child.batch_id = parent.id WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number); END;

CREATE TRIGGER batch_replaces BEFORE UPDATE OF id, uuid, site_id, batch_number ON batch WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid OR NEW.site_id IS NOT OLD.site_id OR NEW.batch_number IS NOT OLD.batch_number) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches', parent.uuid FROM batch parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND parent.id <> OLD.id; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_batches_ingredients', child.uuid FROM batch parent CROSS JOIN ingredient child ON child.batch_id = parent.id WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid OR (parent.site_id = NEW.site_id AND parent.batch_number = NEW.batch_number)) AND parent.id <> OLD.id; END;

CREATE TRIGGER material_log_gone BEFORE DELETE ON material_log BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_logs', OLD.uuid; END;

CREATE TRIGGER material_log_left AFTER UPDATE OF uuid, company_id, site_id ON material_log WHEN NEW.uuid IS NOT OLD.uuid OR NEW.company_id IS NOT OLD.company_id OR NEW.site_id IS NOT OLD.site_id BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), OLD.company_id, OLD.site_id, 'batching_logs', OLD.uuid; END;

CREATE TRIGGER material_log_replaced BEFORE INSERT ON material_log WHEN (SELECT is_held FROM commit_sequence) = 0 BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_logs', parent.uuid FROM material_log parent WHERE parent.id = NEW.id OR parent.uuid = NEW.uuid; END;

CREATE TRIGGER material_log_replaces BEFORE UPDATE OF id, uuid ON material_log WHEN (SELECT is_held FROM commit_sequence) = 0 AND (NEW.id IS NOT OLD.id OR NEW.uuid IS NOT OLD.uuid) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; INSERT INTO deletion (sequence, company_id, site_id, table_name, uuid) SELECT (SELECT value FROM commit_sequence), parent.company_id, parent.site_id, 'batching_logs', parent.uuid FROM material_log parent WHERE (parent.id = NEW.id OR parent.uuid = NEW.uuid) AND parent.id <> OLD.id; END;

CREATE TRIGGER company_zone AFTER UPDATE OF timezone ON company WHEN NEW.timezone IS NOT OLD.timezone BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE commit_sequence SET restarted = value; END;

CREATE TRIGGER site_gone AFTER DELETE ON site BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE commit_sequence SET restarted = value; END;

CREATE TRIGGER key_site_gone AFTER DELETE ON api_key_site BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE commit_sequence SET restarted = value; END;
