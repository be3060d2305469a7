"""The page of production runs as FastAPI, SQLAlchemy and pydantic would have it.

`uvicorn benchmarks.peers.fastapi_plant.main:app`, with $PLANT_DB as the database.
"""
