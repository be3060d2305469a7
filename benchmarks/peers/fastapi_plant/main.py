"""The application: one path operation, a session as a dependency, a response model; as in FastAPI's tutorial."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from sqlalchemy import and_, create_engine, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from benchmarks.peers.fastapi_plant.models import Company, Run
from benchmarks.peers.fastapi_plant.schemas import RunPage

COMPANY = 1
engine = create_engine(f"sqlite:///{os.environ['PLANT_DB']}", connect_args={"check_same_thread": False})
app = FastAPI()


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
PAGE = (
    select(Run)
    .where(Run.company_id == COMPANY, Run.status == "completed")
    .order_by(Run.started_at.desc(), Run.id)
    .options(
        # many-to-one joined, collections by SELECT IN: SQLAlchemy's own advice, and the fastest of those tried
        joinedload(Run.machine),
        joinedload(Run.site),
        joinedload(Run.product),
        joinedload(Run.operator),
        joinedload(Run.standard),
        selectinload(Run.scrap),
        selectinload(Run.downtime),
    )
)


@app.get("/production/runs", response_model=RunPage)
def list_runs(
    session: SessionDep,
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    cursor: str | None = None,
) -> Any:
    page = PAGE.limit(limit + 1)
    if from_:
        page = page.where(Run.started_at >= from_.timestamp())
    if to:
        page = page.where(Run.started_at <= to.timestamp())
    if cursor:
        time, _, uuid = cursor.partition("_")
        page = page.where(or_(Run.started_at < int(time), and_(Run.started_at == int(time), Run.id > uuid)))
    runs = session.scalars(page).all()
    following = len(runs) > limit
    runs = runs[:limit]
    last = runs[-1] if following else None
    return {
        "company": session.get_one(Company, COMPANY).name,
        "data": runs,
        "meta": {
            "from_": from_,
            "to": to,
            "count": len(runs),
            "next_cursor": f"{last.started_at}_{last.id}" if last else None,
        },
    }
