"""Flat tables as files: CSV for all programs, workbooks for Excel, Parquet for Spark, Trino and DuckDB."""
