"""Making the single file `dist/nexshift`; docs/packaging.md says how and why."""
