"""How many requests were made in a window of time: fleeting, and shared by all processes (ADR 22)."""

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, InRegion


class RateCountRow(InRegion, Base):
    """Requests of one credential or address in the window that ends at `until` (seconds since 1970).

    `key` is a digest; region 0 has the addresses, which are of no region. Unlogged: after a crash counts begin anew.
    Written by `add_up_requests`, never by the service itself.
    """

    __tablename__ = "rate_counts"
    __table_args__ = {"prefixes": ["unlogged"]}  # noqa: RUF012  # SQLAlchemy's own form
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    until: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    requests: Mapped[int] = mapped_column(Integer)
