"""The service's role, what it may do, and row-level security by region.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"

WRITABLE = (
    "allocations",
    "api_keys",
    "assessment_scales",
    "assessments",
    "hidden_columns",
    "idempotency_keys",
    "indicators",
    "keyword_groups",
    "keywords",
    "module_columns",
    "module_links",
    "modules",
    "node_keywords",
    "node_links",
    "nodes",
    "org_levels",
    "org_placements",
    "org_units",
    "outcomes",
    "plan_versions",
    "responsibilities",
    "targets",
)
# What is history, or kept by a trigger, can't be changed by the service.
APPENDED = ("outcome_history", "outcome_imports")
READ_ONLY = ("org_ancestors", "regions")

CREATE_ROLE = f"""
do $$
begin
  if not exists (select from pg_roles where rolname = '{ROLE}') then
    create role {ROLE} nologin;
  end if;
exception
  -- Roles belong to the whole cluster: another database's migration may have been a moment faster.
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'The role {ROLE} is missing, and % may not create it.', current_user
      using hint = 'As a superuser: create role {ROLE} nologin; grant {ROLE} to the user in DATABASE_URL;';
end $$
"""

JOIN_ROLE = f"""
do $$
begin
  if not pg_has_role(current_user, '{ROLE}', 'member') then
    execute format('grant {ROLE} to %I', current_user);
  end if;
end $$
"""

# Looked up before the region is known: the one thing that crosses regions, and it gives away nothing but an id.
REGION_ID_OF = """
create function region_id_of(wanted text) returns uuid
language sql stable security definer set search_path = public, pg_temp
as 'select region_id from regions where code = wanted'
"""


def upgrade() -> None:
    op.execute(CREATE_ROLE)
    op.execute(JOIN_ROLE)
    op.execute(f"grant usage on schema public to {ROLE}")
    op.execute(REGION_ID_OF)
    op.execute("revoke execute on function region_id_of(text) from public")
    op.execute(f"grant execute on function region_id_of(text) to {ROLE}")
    op.execute(f"grant select on alembic_version to {ROLE}")
    op.execute(f"grant usage on sequence outcome_history_no_seq to {ROLE}")
    for table in (*WRITABLE, *APPENDED, *READ_ONLY):
        rights = "select, insert, update, delete" if table in WRITABLE else "select, insert"
        op.execute(f"grant {'select' if table in READ_ONLY else rights} on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
            "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )


def downgrade() -> None:
    # The role stays: other databases of the cluster may use it.
    for table in (*WRITABLE, *APPENDED, *READ_ONLY):
        op.execute(f"drop policy own_region on {table}")
        op.execute(f"alter table {table} disable row level security")
        op.execute(f"revoke all on {table} from {ROLE}")
    op.execute("drop function region_id_of(text)")
    op.execute(f"revoke all on sequence outcome_history_no_seq from {ROLE}")
    op.execute(f"revoke all on alembic_version from {ROLE}")
    op.execute(f"revoke usage on schema public from {ROLE}")
