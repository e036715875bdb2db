"""The parts composed: what the app and the command line call."""

from nlp.coverage import Coverage
from nlp.grouping import Assigner, GroupedTopic, Grouping, NeedText, Progress, Settled, group_needs
from nlp.matching import Judgement, Matching, PlanText, SuggestedLink, match_needs

__all__ = [
    "Assigner",
    "Coverage",
    "GroupedTopic",
    "Grouping",
    "Judgement",
    "Matching",
    "NeedText",
    "PlanText",
    "Progress",
    "Settled",
    "SuggestedLink",
    "group_needs",
    "match_needs",
]
