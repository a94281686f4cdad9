"""Which tables of a region have changed: kept by triggers, read at the start of every transaction."""

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables.base import Base, InRegion


class DataVersionRow(InRegion, Base):
    """The stamp of the last change of a table, one row per writer at a time (`slot`). Region 0: changes everywhere.

    Written by the trigger `noted` of every watched table, never by the service.
    """

    __tablename__ = "data_versions"
    table_name: Mapped[str] = mapped_column(Text, primary_key=True)
    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    stamp: Mapped[int] = mapped_column(BigInteger)
