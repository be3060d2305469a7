-- Companies, their plants' records, and API keys.  Released: never changed again.
CREATE TABLE company (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000) UNIQUE,
  timezone TEXT NOT NULL CHECK (length(timezone) BETWEEN 1 AND 10000),
  created_at INTEGER NOT NULL CHECK (created_at BETWEEN -62135596800 AND 253402300799)
) STRICT;

CREATE TABLE site (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  location TEXT CHECK (length(location) BETWEEN 1 AND 10000),
  UNIQUE (company_id, name),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE machine (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  uom TEXT NOT NULL DEFAULT '' CHECK (length(uom) <= 10000),
  UNIQUE (site_id, name),
  UNIQUE (id, company_id),
  UNIQUE (id, site_id, company_id),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id)
) STRICT;

CREATE TABLE product (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  sku TEXT NOT NULL CHECK (length(sku) BETWEEN 1 AND 10000),
  description TEXT NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
  UNIQUE (company_id, sku),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE operator (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  full_name TEXT NOT NULL CHECK (length(full_name) BETWEEN 1 AND 10000),
  UNIQUE (company_id, full_name),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE template (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  UNIQUE (company_id, name),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE standard (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  machine_id INTEGER NOT NULL,
  product_id INTEGER NOT NULL,
  ideal_cycle_seconds REAL NOT NULL CHECK (ideal_cycle_seconds > 0 AND ideal_cycle_seconds <= 9007199254740992),
  UNIQUE (machine_id, product_id),
  FOREIGN KEY (machine_id, company_id) REFERENCES machine (id, company_id) ON DELETE CASCADE,
  FOREIGN KEY (product_id, company_id) REFERENCES product (id, company_id) ON DELETE CASCADE
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  machine_id INTEGER NOT NULL,
  product_id INTEGER NOT NULL,
  operator_id INTEGER,
  status TEXT NOT NULL CHECK (status IN ('completed', 'running')),
  started_at INTEGER NOT NULL CHECK (started_at BETWEEN -62135596800 AND 253402300799),
  ended_at INTEGER CHECK (ended_at BETWEEN -62135596800 AND 253402300799),
  setup_duration_seconds REAL NOT NULL CHECK (setup_duration_seconds BETWEEN 0 AND 9007199254740992) DEFAULT 0,
  running_at INTEGER CHECK (running_at BETWEEN -62135596800 AND 253402300799),
  units_produced REAL NOT NULL CHECK (units_produced BETWEEN 0 AND 9007199254740992),
  target_quantity REAL CHECK (target_quantity BETWEEN 0 AND 9007199254740992),
  batch_number TEXT CHECK (length(batch_number) BETWEEN 1 AND 10000),
  downtime_seconds INTEGER CHECK (downtime_seconds >= 0),
  UNIQUE (machine_id, started_at),
  UNIQUE (id, machine_id, site_id, company_id),
  CHECK (ended_at >= started_at),
  CHECK ((status = 'completed') = (ended_at IS NOT NULL)),
  FOREIGN KEY (machine_id, site_id, company_id) REFERENCES machine (id, site_id, company_id) ON UPDATE CASCADE,
  FOREIGN KEY (product_id, company_id) REFERENCES product (id, company_id),
  FOREIGN KEY (operator_id, company_id) REFERENCES operator (id, company_id)
) STRICT;

CREATE TABLE scrap (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  timestamp INTEGER NOT NULL CHECK (timestamp BETWEEN -62135596800 AND 253402300799),
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  units REAL NOT NULL CHECK (units BETWEEN 0 AND 9007199254740992),
  reason TEXT CHECK (length(reason) BETWEEN 1 AND 10000),
  PRIMARY KEY (run_id, timestamp, uuid)
) WITHOUT ROWID, STRICT;

CREATE TABLE downtime (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  started_at INTEGER NOT NULL CHECK (started_at BETWEEN -62135596800 AND 253402300799),
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  ended_at INTEGER CHECK (ended_at BETWEEN -62135596800 AND 253402300799),
  category TEXT CHECK (length(category) BETWEEN 1 AND 10000),
  reason TEXT CHECK (length(reason) BETWEEN 1 AND 10000),
  PRIMARY KEY (run_id, started_at, uuid),
  CHECK (ended_at >= started_at)
) WITHOUT ROWID, STRICT;

CREATE TABLE quality_check (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  machine_id INTEGER,
  template_id INTEGER,
  logged_by_id INTEGER,
  checked_at INTEGER NOT NULL CHECK (checked_at BETWEEN -62135596800 AND 253402300799),
  passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
  notes TEXT CHECK (length(notes) BETWEEN 1 AND 10000),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id),
  FOREIGN KEY (machine_id, site_id, company_id) REFERENCES machine (id, site_id, company_id) ON UPDATE CASCADE,
  FOREIGN KEY (template_id, company_id) REFERENCES template (id, company_id),
  FOREIGN KEY (logged_by_id, company_id) REFERENCES operator (id, company_id)
) STRICT;

CREATE TABLE asset (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  asset_number TEXT NOT NULL CHECK (length(asset_number) BETWEEN 1 AND 10000),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  category TEXT CHECK (length(category) BETWEEN 1 AND 10000),
  UNIQUE (site_id, asset_number),
  UNIQUE (id, site_id, company_id),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id)
) STRICT;

CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  asset_id INTEGER NOT NULL,
  started_at INTEGER NOT NULL CHECK (started_at BETWEEN -62135596800 AND 253402300799),
  ended_at INTEGER CHECK (ended_at BETWEEN -62135596800 AND 253402300799),
  reason TEXT CHECK (length(reason) BETWEEN 1 AND 10000),
  CHECK (ended_at >= started_at),
  FOREIGN KEY (asset_id, site_id, company_id) REFERENCES asset (id, site_id, company_id) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

CREATE TABLE incident (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  reference_number TEXT NOT NULL CHECK (length(reference_number) BETWEEN 1 AND 10000),
  title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 10000),
  severity TEXT NOT NULL CHECK (length(severity) BETWEEN 1 AND 10000),
  status TEXT NOT NULL CHECK (status IN ('reported', 'under_investigation', 'corrective_actions_open', 'closed')),
  occurred_at INTEGER NOT NULL CHECK (occurred_at BETWEEN -62135596800 AND 253402300799),
  location TEXT CHECK (length(location) BETWEEN 1 AND 10000),
  UNIQUE (company_id, reference_number),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id)
) STRICT;

CREATE TABLE material (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 10000),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  UNIQUE (company_id, code),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE recipe (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 10000),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  version TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 10000),
  is_formulation INTEGER NOT NULL CHECK (is_formulation IN (0, 1)) DEFAULT 0,
  UNIQUE (company_id, code, version),
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  recipe_id INTEGER NOT NULL,
  batch_number TEXT NOT NULL CHECK (length(batch_number) BETWEEN 1 AND 10000),
  total_qty REAL NOT NULL CHECK (total_qty BETWEEN 0 AND 9007199254740992),
  qty_uom TEXT NOT NULL CHECK (length(qty_uom) BETWEEN 1 AND 10000),
  notes TEXT CHECK (length(notes) BETWEEN 1 AND 10000),
  created_at INTEGER NOT NULL CHECK (created_at BETWEEN -62135596800 AND 253402300799),
  UNIQUE (site_id, batch_number),
  UNIQUE (id, company_id),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id),
  FOREIGN KEY (recipe_id, company_id) REFERENCES recipe (id, company_id)
) STRICT;

CREATE TABLE ingredient (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  batch_id INTEGER NOT NULL,
  material_id INTEGER NOT NULL,
  qty_used REAL NOT NULL CHECK (qty_used BETWEEN 0 AND 9007199254740992),
  uom TEXT NOT NULL CHECK (length(uom) BETWEEN 1 AND 10000),
  supplier_batch TEXT CHECK (length(supplier_batch) BETWEEN 1 AND 10000),
  FOREIGN KEY (batch_id, company_id) REFERENCES batch (id, company_id) ON DELETE CASCADE,
  FOREIGN KEY (material_id, company_id) REFERENCES material (id, company_id)
) STRICT;

CREATE TABLE material_log (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  site_id INTEGER NOT NULL,
  machine_id INTEGER,
  run_id INTEGER,
  recipe_id INTEGER,
  material_id INTEGER NOT NULL,
  logged_at INTEGER NOT NULL CHECK (logged_at BETWEEN -62135596800 AND 253402300799),
  qty_used REAL NOT NULL CHECK (qty_used BETWEEN 0 AND 9007199254740992),
  uom TEXT NOT NULL CHECK (length(uom) BETWEEN 1 AND 10000),
  supplier_batch TEXT CHECK (length(supplier_batch) BETWEEN 1 AND 10000),
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id),
  FOREIGN KEY (machine_id, site_id, company_id) REFERENCES machine (id, site_id, company_id) ON UPDATE CASCADE,
  CHECK (run_id IS NULL OR machine_id IS NOT NULL),
  FOREIGN KEY (run_id, machine_id, site_id, company_id) REFERENCES run (id, machine_id, site_id, company_id) ON UPDATE CASCADE,
  FOREIGN KEY (recipe_id, company_id) REFERENCES recipe (id, company_id),
  FOREIGN KEY (material_id, company_id) REFERENCES material (id, company_id)
) STRICT;

CREATE TABLE api_key (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  company_id INTEGER NOT NULL REFERENCES company (id),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  resources TEXT,
  all_sites INTEGER NOT NULL CHECK (all_sites IN (0, 1)),
  rate_limit INTEGER CHECK (rate_limit > 0),
  created_at INTEGER NOT NULL CHECK (created_at BETWEEN -62135596800 AND 253402300799),
  expires_at INTEGER,
  revoked_at INTEGER,
  UNIQUE (id, company_id)
) STRICT;

CREATE TABLE api_key_site (
  api_key_id INTEGER NOT NULL,
  site_id INTEGER NOT NULL,
  company_id INTEGER NOT NULL,
  PRIMARY KEY (api_key_id, site_id),
  FOREIGN KEY (api_key_id, company_id) REFERENCES api_key (id, company_id) ON DELETE CASCADE,
  FOREIGN KEY (site_id, company_id) REFERENCES site (id, company_id) ON DELETE CASCADE
) WITHOUT ROWID, STRICT;

CREATE UNIQUE INDEX run_open ON run (machine_id) WHERE status = 'running';

CREATE INDEX run_company ON run (company_id, started_at DESC, uuid, site_id) WHERE status = 'completed';

CREATE INDEX run_site ON run (site_id, started_at DESC, uuid) WHERE status = 'completed';

CREATE INDEX run_summary ON run (machine_id, started_at, ended_at, units_produced, target_quantity, downtime_seconds, site_id, company_id) WHERE ended_at IS NOT NULL;

CREATE INDEX run_unmeasured ON run (machine_id, started_at) WHERE status = 'completed' AND downtime_seconds IS NULL;

CREATE INDEX quality_check_company ON quality_check (company_id, checked_at DESC, uuid, site_id, passed);

CREATE INDEX quality_check_site ON quality_check (site_id, checked_at DESC, uuid, passed);

CREATE INDEX quality_check_machine ON quality_check (machine_id, checked_at DESC, uuid, passed);

CREATE INDEX maintenance_company ON maintenance (company_id, started_at DESC, uuid, site_id);

CREATE INDEX maintenance_site ON maintenance (site_id, started_at DESC, uuid);

CREATE INDEX maintenance_open ON maintenance (company_id, started_at DESC, uuid, site_id) WHERE ended_at IS NULL;

CREATE INDEX maintenance_asset ON maintenance (asset_id, started_at);

CREATE INDEX incident_company ON incident (company_id, occurred_at DESC, uuid, site_id, status, severity);

CREATE INDEX incident_site ON incident (site_id, occurred_at DESC, uuid, status, severity);

CREATE INDEX batch_company ON batch (company_id, created_at DESC, uuid, site_id);

CREATE INDEX batch_site ON batch (site_id, created_at DESC, uuid);

CREATE INDEX ingredient_batch ON ingredient (batch_id, id);

CREATE INDEX material_log_company ON material_log (company_id, logged_at DESC, uuid, site_id);

CREATE INDEX material_log_site ON material_log (site_id, logged_at DESC, uuid);

CREATE INDEX material_log_run ON material_log (run_id) WHERE run_id IS NOT NULL;

CREATE TRIGGER run_inserted AFTER INSERT ON run WHEN NEW.downtime_seconds IS NOT NULL BEGIN UPDATE run SET downtime_seconds = NULL WHERE id = NEW.id AND downtime_seconds IS NOT NULL; END;

CREATE TRIGGER run_changed AFTER UPDATE OF id, started_at, ended_at, status ON run WHEN NEW.downtime_seconds IS NOT NULL BEGIN UPDATE run SET downtime_seconds = NULL WHERE id = NEW.id AND downtime_seconds IS NOT NULL; END;

CREATE TRIGGER run_measured BEFORE UPDATE OF downtime_seconds ON run WHEN NEW.downtime_seconds > coalesce(NEW.ended_at - NEW.started_at, -1) BEGIN SELECT RAISE(ABORT, 'downtime_seconds is longer than the run, or the run has not ended'); END;

CREATE TRIGGER downtime_inserted BEFORE INSERT ON downtime BEGIN UPDATE run SET downtime_seconds = NULL WHERE id = NEW.run_id AND downtime_seconds IS NOT NULL; UPDATE run SET downtime_seconds = NULL WHERE id = (SELECT run_id FROM downtime WHERE uuid = NEW.uuid) AND downtime_seconds IS NOT NULL; END;

CREATE TRIGGER downtime_changed BEFORE UPDATE OF run_id, started_at, ended_at, uuid ON downtime BEGIN UPDATE run SET downtime_seconds = NULL WHERE id = OLD.run_id AND downtime_seconds IS NOT NULL; UPDATE run SET downtime_seconds = NULL WHERE id = NEW.run_id AND downtime_seconds IS NOT NULL; UPDATE run SET downtime_seconds = NULL WHERE id = (SELECT run_id FROM downtime WHERE uuid = NEW.uuid) AND downtime_seconds IS NOT NULL; END;

CREATE TRIGGER downtime_deleted AFTER DELETE ON downtime BEGIN UPDATE run SET downtime_seconds = NULL WHERE id = OLD.run_id AND downtime_seconds IS NOT NULL; END;
