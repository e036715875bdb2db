"""The parts composed: what the app and the command line call."""

from nlp.grouping import Assigner, GroupedTopic, Grouping, NeedText, Progress, Settled, group_needs

__all__ = ["Assigner", "GroupedTopic", "Grouping", "NeedText", "Progress", "Settled", "group_needs"]
