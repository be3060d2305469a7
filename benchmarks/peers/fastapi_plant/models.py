"""The tables as SQLAlchemy maps them: integer keys and the indexes that the database has; instants as epoch seconds."""

from __future__ import annotations

from math import floor

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from benchmarks.peers.fastapi_plant.oee import Oee, score


class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Site(Base):
    __tablename__ = "site"
    key: Mapped[int] = mapped_column("id", primary_key=True)
    id: Mapped[str] = mapped_column("uuid")
    name: Mapped[str]
    location: Mapped[str | None]


class Machine(Base):
    __tablename__ = "machine"
    key: Mapped[int] = mapped_column("id", primary_key=True)
    id: Mapped[str] = mapped_column("uuid")
    name: Mapped[str]
    uom: Mapped[str]


class Product(Base):
    __tablename__ = "product"
    key: Mapped[int] = mapped_column("id", primary_key=True)
    id: Mapped[str] = mapped_column("uuid")
    sku: Mapped[str]
    description: Mapped[str]


class Operator(Base):
    __tablename__ = "operator"
    key: Mapped[int] = mapped_column("id", primary_key=True)
    id: Mapped[str] = mapped_column("uuid")
    full_name: Mapped[str]


class Standard(Base):
    __tablename__ = "standard"
    id: Mapped[int] = mapped_column(primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machine.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    ideal_cycle_seconds: Mapped[float]


class Scrap(Base):
    __tablename__ = "scrap"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    timestamp: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column("uuid", primary_key=True)
    units: Mapped[float]
    reason: Mapped[str | None]


class Downtime(Base):
    __tablename__ = "downtime"
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    started_at: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column("uuid", primary_key=True)
    ended_at: Mapped[int | None]
    category: Mapped[str | None]
    reason: Mapped[str | None]

    @property
    def duration_minutes(self) -> float | None:
        if self.ended_at is None:
            return None
        return floor((self.ended_at - self.started_at) / 60 * 10 + 0.5) / 10


class Run(Base):
    __tablename__ = "run"
    key: Mapped[int] = mapped_column("id", primary_key=True)
    id: Mapped[str] = mapped_column("uuid")
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    machine_id: Mapped[int] = mapped_column(ForeignKey("machine.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    operator_id: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    status: Mapped[str]
    started_at: Mapped[int]
    ended_at: Mapped[int]
    setup_duration_seconds: Mapped[float]
    running_at: Mapped[int | None]
    units_produced: Mapped[float]
    target_quantity: Mapped[float | None]
    batch_number: Mapped[str | None]

    site: Mapped[Site] = relationship()
    machine: Mapped[Machine] = relationship()
    product: Mapped[Product] = relationship()
    operator: Mapped[Operator | None] = relationship()
    standard: Mapped[Standard | None] = relationship(
        primaryjoin="and_(foreign(Run.machine_id) == Standard.machine_id,"
        " foreign(Run.product_id) == Standard.product_id)",
        viewonly=True,
    )
    scrap: Mapped[list[Scrap]] = relationship(order_by=(Scrap.timestamp, Scrap.id))
    downtime: Mapped[list[Downtime]] = relationship(order_by=(Downtime.started_at, Downtime.id))

    @property
    def oee(self) -> Oee:
        return score(
            started_at=self.started_at,
            ended_at=self.ended_at,
            units=self.units_produced,
            target=self.target_quantity,
            ideal_cycle_s=self.standard.ideal_cycle_seconds if self.standard else None,
            stops=[(stop.started_at, stop.ended_at) for stop in self.downtime],
            scrap=sum(piece.units for piece in self.scrap),
        )
