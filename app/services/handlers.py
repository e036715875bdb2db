"""Every kind of long work, imported once so that a worker knows its handlers."""
