-- The floor's own tables.  They stay as they are when the program's schema changes: see floor.c.
CREATE TABLE company (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE site (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, name TEXT NOT NULL, location TEXT);
CREATE TABLE machine (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, name TEXT NOT NULL, uom TEXT NOT NULL);
CREATE TABLE product (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, sku TEXT NOT NULL, description TEXT NOT NULL);
CREATE TABLE operator (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, full_name TEXT NOT NULL);
CREATE TABLE standard (machine INTEGER NOT NULL, product INTEGER NOT NULL, ideal_cycle_s REAL NOT NULL);

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL,
  company INTEGER NOT NULL,
  site INTEGER NOT NULL,
  machine INTEGER NOT NULL,
  product INTEGER NOT NULL,
  operator INTEGER,
  status TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  setup_s REAL NOT NULL,
  running INTEGER,
  units REAL NOT NULL,
  target REAL,
  batch TEXT
);
-- Descending, so that runs that started in the same second come by ascending id.
CREATE INDEX run_company_started ON run (company, started DESC);

-- A run's children are numbered from 1 in the order in which they are shown: oldest first, ties by UUID.
CREATE TABLE scrap (
  run INTEGER NOT NULL,
  id INTEGER NOT NULL,
  uuid TEXT NOT NULL,
  units REAL NOT NULL,
  reason TEXT,
  timestamp INTEGER NOT NULL,
  PRIMARY KEY (run, id)
) WITHOUT ROWID;
CREATE TABLE stop (
  run INTEGER NOT NULL,
  id INTEGER NOT NULL,
  uuid TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  category TEXT,
  reason TEXT,
  PRIMARY KEY (run, id)
) WITHOUT ROWID;
