"""The only place that opens SQLite: schema, connections, API keys, import, backup."""
