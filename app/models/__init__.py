"""Every table, imported once so that the metadata is whole."""

from sqlmodel import SQLModel

from app.jobs import Job
from app.models.areas import Area, AreaLevel, ProvincialCluster
from app.models.assemblies import Assembly, AssemblyItem, RankedBy
from app.models.consultations import NOTICE_DAYS, Consultation, ParticipationLevel, Publicity, Stage
from app.models.deliveries import Delivery, DeliveryChannel, DeliveryStatus, LineEvent, Subscription
from app.models.events import AuditEvent
from app.models.imports import ImportBatch, ImportKind
from app.models.links import DemandLink, LinkSource, LinkStatus, Strength
from app.models.needs import (
    COMPLAINTS,
    COUNTED,
    EMERGENCIES,
    BehalfOf,
    Category,
    Channel,
    Consent,
    FlagKind,
    GatheredBy,
    GoTo,
    LevelFit,
    Need,
    NeedAct,
    NeedEvent,
    NeedFlag,
    NeedPhoto,
    NeedStatus,
    NeedWord,
    Urgency,
)
from app.models.notices import Notice
from app.models.outbox import OutboxReport
from app.models.plans import (
    Activity,
    DevelopmentIssue,
    FundingLine,
    FundingSource,
    Orientation,
    Plan,
    PlanKind,
    PlanSector,
    Progress,
    Project,
    Selection,
    ValueChainStage,
    WorkType,
)
from app.models.privacy import ConsentAnswer, ConsentKind, ContactReason, PrivacyNotice
from app.models.reach import Reminder
from app.models.responses import Decision, ReasonCode, Response, ResponseStatus
from app.models.topics import AssignedBy, Topic, TopicAssignment, TopicQuote, TopicRun, TopicStatus
from app.models.users import (
    AgentType,
    Invitation,
    InvitationState,
    Organization,
    Role,
    Sector,
    User,
    UserSession,
    read_phone,
)

metadata = SQLModel.metadata

__all__ = [
    "COMPLAINTS", "COUNTED", "EMERGENCIES", "NOTICE_DAYS", "Activity", "AgentType", "Area", "AreaLevel", "Assembly",
    "AssemblyItem", "AssignedBy", "AuditEvent", "BehalfOf", "Category", "Channel", "Consent", "ConsentAnswer",
    "ConsentKind", "Consultation", "ContactReason", "Decision", "Delivery", "DeliveryChannel", "DeliveryStatus",
    "DemandLink", "DevelopmentIssue", "FlagKind", "FundingLine", "FundingSource", "GatheredBy", "GoTo", "ImportBatch",
    "ImportKind", "Invitation", "InvitationState", "Job", "LevelFit", "LineEvent", "LinkSource", "LinkStatus", "Need",
    "NeedAct", "NeedEvent", "NeedFlag", "NeedPhoto", "NeedStatus", "NeedWord", "Notice", "Organization", "Orientation",
    "OutboxReport", "ParticipationLevel", "Plan", "PlanKind", "PlanSector", "PrivacyNotice", "Progress", "Project",
    "ProvincialCluster", "Publicity", "RankedBy", "ReasonCode", "Reminder", "Response", "ResponseStatus", "Role",
    "Sector", "Selection", "Stage", "Strength", "Subscription", "Topic", "TopicAssignment", "TopicQuote", "TopicRun",
    "TopicStatus", "Urgency", "User", "UserSession", "ValueChainStage", "WorkType", "metadata", "read_phone",
]  # fmt: skip
