"""Every kind of long work, imported once so that a worker knows its handlers."""

from app.services import analysis, imports, upkeep

__all__ = ["analysis", "imports", "upkeep"]
