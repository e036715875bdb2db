"""Every kind of long work and every chore, imported once so that a worker knows them."""

from app.services import analysis, deliveries, imports, needs, retention, upkeep

__all__ = ["analysis", "deliveries", "imports", "needs", "retention", "upkeep"]
