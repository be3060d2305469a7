"""The sample plant "Acme Manufacturing" as import files; installed as `nexshift.sample`."""
