"""The replication engine: event queues, mirrors, configuration push, binary import, full sync."""
