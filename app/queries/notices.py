"""What a person has not read yet."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.models import Need, Notice, User

SHOWN = 20


def unread(session: Session, user: User) -> Sequence[tuple[Notice, Need | None]]:
    """Return the latest unread notices, each with the need it is about, if it is about one."""
    return session.exec(
        select(Notice, Need)
        .outerjoin(Need, col(Need.id) == col(Notice.need_id))
        .where(Notice.user_id == user.id, col(Notice.read_at).is_(None))
        .order_by(col(Notice.id).desc())
        .limit(SHOWN)
    ).all()
