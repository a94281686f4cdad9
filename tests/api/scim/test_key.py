"""The directory's own key: what it opens, and what it does not (B1)."""

from fastapi import FastAPI
from sqlalchemy import text

from app.auth.api_keys import create_api_key
from app.db.session import Database
from app.domain.access import Role
from tests.api.conftest import client_of
from tests.conftest import TestRegion
from tests.scim_client import Directory


async def test_the_key_writes_the_directory_and_reads_nothing_else(
    app: FastAPI, database: Database, region: TestRegion
) -> None:
    async with database.unit_of_work(region.id) as uow:
        made = await create_api_key(
            uow, region.principal(), name="entra", unit="VGR", role=Role.READER, group="katalogsynk"
        )
    async with client_of(app, Authorization=f"Bearer {made.plaintext}") as http:
        user = await Directory(http).user("kim")
        group = await Directory(http).group("Chefer", user["id"])
        assert group["members"][0]["value"] == user["id"]
        for path in ("units", "nodes", "users", "directory/mapping", "responsibilities/orphaned", "audit", "licences"):
            assert (await http.get(f"/api/v1/{path}")).status_code == 403, path
        assert (await http.post("/graphql", json={"query": "{ region { code } }"})).status_code == 403
        async with database.unit_of_work(region.id, read_only=True) as uow:
            by = "select distinct actor from audit_transactions where region_id = :r and client like 'python-httpx%'"
            assert list((await uow.session.scalars(text(by), {"r": region.id})).all()) == ["key:entra"]
        mapping = await http.put(
            "/api/v1/directory/mapping", json={"groups": [], "departments": []}, headers={"If-Match": "*"}
        )
        assert mapping.status_code == 403
