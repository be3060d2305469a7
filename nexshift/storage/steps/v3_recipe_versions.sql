-- A recipe's version is a whole number, no longer a text.  What is shown of every recipe changes, so all get a new number.
UPDATE commit_sequence SET value = value + 1 WHERE EXISTS (SELECT 1 FROM recipe);

CREATE TABLE numbered_recipe (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE CHECK (uuid GLOB '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
  company_id INTEGER NOT NULL REFERENCES company (id),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 10000),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 10000),
  version INTEGER NOT NULL CHECK (version BETWEEN 0 AND 9007199254740992),
  is_formulation INTEGER NOT NULL CHECK (is_formulation IN (0, 1)) DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0),
  UNIQUE (company_id, code, version),
  UNIQUE (id, company_id)
) STRICT;

INSERT INTO numbered_recipe (id, uuid, company_id, code, name, version, is_formulation, changed)
SELECT id, uuid, company_id, code, name, CAST(version AS INTEGER), is_formulation, (SELECT value FROM commit_sequence)
FROM recipe;

DROP TABLE recipe;

ALTER TABLE numbered_recipe RENAME TO recipe;

CREATE INDEX recipe_number ON recipe (company_id, changed);

CREATE TRIGGER recipe_came AFTER INSERT ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;

CREATE TRIGGER recipe_changes AFTER UPDATE OF id, uuid, company_id, code, name, version, is_formulation ON recipe WHEN NEW.changed IS NOT (SELECT value FROM commit_sequence WHERE is_held = 1) BEGIN UPDATE commit_sequence SET value = value + 1 WHERE is_held = 0; UPDATE recipe SET changed = (SELECT value FROM commit_sequence) WHERE id = NEW.id; END;
