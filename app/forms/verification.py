"""What is posted from the verification queue: which needs, what to do with them, and the words that go along."""

from pydantic import Field

from app.forms import Form
from app.forms.needs import REF_LENGTH, SHORT
from app.models import GoTo, NeedAct

MOST = 100


class VerificationForm(Form):
    """``one`` is the need whose own button was pressed; else ``ref`` are the ticked ones."""

    ref: list[str] = Field(default_factory=list, max_length=MOST)
    one: str = Field(default="", max_length=REF_LENGTH)
    act: NeedAct | None = None
    question: list[str] = Field(default_factory=list, max_length=MOST)
    note: str = Field(default="", max_length=SHORT)
    go_to: GoTo | None = None
    organization: int | None = None

    @property
    def wanted(self) -> NeedAct | None:
        return NeedAct.CERTIFY if self.one else self.act

    @property
    def refs(self) -> list[str]:
        return [self.one] if self.one else self.ref


class QueueForm(Form):
    """What narrows the queue; the address holds it."""

    late: bool = False
    flagged: bool = False
    after: str = Field(default="", max_length=REF_LENGTH)
