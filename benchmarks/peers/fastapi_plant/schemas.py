"""The response as pydantic models: the same keys in the same order; pydantic makes instants of epoch seconds."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class RunMachine(FromRow):
    id: str
    name: str
    uom: str


class RunSite(FromRow):
    id: str
    name: str
    location: str | None


class RunProduct(FromRow):
    id: str
    sku: str
    description: str


class Person(FromRow):
    id: str
    full_name: str


class Scrap(FromRow):
    id: str
    units: float
    reason: str | None
    timestamp: datetime


class Stop(FromRow):
    id: str
    started_at: datetime
    ended_at: datetime | None
    duration_minutes: float | None
    category: str | None
    reason: str | None


class Oee(FromRow):
    availability: float | None
    performance: float | None
    quality: float | None
    overall: float | None


class Run(FromRow):
    id: str
    started_at: datetime
    ended_at: datetime
    status: str
    setup_duration_seconds: float
    running_at: datetime | None
    units_produced: float
    target_quantity: float | None
    batch_number: str | None
    machine: RunMachine
    site: RunSite
    product: RunProduct
    operator: Person | None
    scrap: list[Scrap]
    downtime: list[Stop]
    oee: Oee


class Meta(BaseModel):
    from_: datetime | None = Field(serialization_alias="from")
    to: datetime | None
    count: int
    next_cursor: str | None


class RunPage(BaseModel):
    company: str
    data: list[Run]
    meta: Meta
