"""Flat tables as files, for programs that read files: CSV for all of them, Parquet for Spark, Trino and DuckDB."""
