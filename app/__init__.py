"""Prachakhom: from what villages ask for to what the plan answers."""

__version__ = "0.1.0"
