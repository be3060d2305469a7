"""Import of records from CSV, JSON and NDJSON files.

`import_paths` is one call of it; an entity is a declaration in entities.py.
"""

from nexshift.storage.importing.call import import_paths
from nexshift.storage.importing.entities import ENTITIES
from nexshift.storage.importing.files import ImportFile, find_entity, find_files
from nexshift.storage.importing.report import Problems, Report

__all__ = ["ENTITIES", "ImportFile", "Problems", "Report", "find_entity", "find_files", "import_paths"]
