"""Settings, database, jobs, objects, processes and the client of the key service."""
