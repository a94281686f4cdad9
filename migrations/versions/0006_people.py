"""Permission groups, users, memberships and licences (B1, B4); a key may have a group's rights.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
WRITABLE = ("memberships", "permission_groups", "users")

# By statement, not by row: a synchronisation of thousands changes the counter once. Who makes it go over the region's
# number waits for whoever else counts, and is then refused by the check: however many race, it can't be exceeded (B4).
COUNT_LICENCES = """
create function count_licences(region uuid, added bigint) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into licences (region_id, created_by, updated_by) values (region, 'licences', 'licences')
  on conflict (region_id) do nothing;
  update licences set used = used + added, version = version + 1, updated_at = now() where region_id = region;
end $$
"""
USERS_COUNTED = """
create function users_counted() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare counted record;
begin
  if tg_op = 'INSERT' then
    for counted in select region_id, count(*) filter (where active) as added from new_rows group by region_id loop
      if counted.added <> 0 then perform count_licences(counted.region_id, counted.added); end if;
    end loop;
  elsif tg_op = 'DELETE' then
    for counted in select region_id, count(*) filter (where active) as added from old_rows group by region_id loop
      if counted.added <> 0 then perform count_licences(counted.region_id, -counted.added); end if;
    end loop;
  else
    for counted in
      select region_id, sum(n) as added
        from (select region_id, active::int as n from new_rows
              union all select region_id, -active::int from old_rows) as changed
       group by region_id
    loop
      if counted.added <> 0 then perform count_licences(counted.region_id, counted.added); end if;
    end loop;
  end if;
  return null;
end $$
"""
TRIGGERS = (
    """create trigger licence_taken after insert on users
       referencing new table as new_rows for each statement execute function users_counted()""",
    """create trigger licence_changed after update on users
       referencing old table as old_rows new table as new_rows for each statement execute function users_counted()""",
    """create trigger licence_freed after delete on users
       referencing old table as old_rows for each statement execute function users_counted()""",
)


def upgrade() -> None:
    _permission_groups()
    _users()
    _memberships()
    _licences()
    op.add_column("api_keys", sa.Column("group_code", sa.String(length=63), nullable=True))
    op.create_foreign_key(
        op.f("fk_api_keys_region_id_group_code"),
        "api_keys",
        "permission_groups",
        ["region_id", "group_code"],
        ["region_id", "code"],
    )
    op.execute(COUNT_LICENCES)
    op.execute(USERS_COUNTED)
    op.execute("revoke execute on function count_licences(uuid, bigint) from public")
    for trigger in TRIGGERS:
        op.execute(trigger)
    for table in (*WRITABLE, "licences"):
        # How many licences are in use is for the triggers to say, and for nobody else.
        rights = (
            "select, insert, update, delete"
            if table in WRITABLE
            else "select, update (total, version, updated_at, updated_by)"
        )
        op.execute(f"select watch_table('{table}')")
        op.execute(f"grant {rights} on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
            "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_api_keys_region_id_group_code"), "api_keys", type_="foreignkey")
    op.drop_column("api_keys", "group_code")
    for table in ("memberships", "users", "permission_groups", "licences"):
        op.drop_table(table)
    op.execute("drop function users_counted()")
    op.execute("drop function count_licences(uuid, bigint)")


def _traced() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
    ]


def _permission_groups() -> None:
    op.create_table(
        "permission_groups",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("rights", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("levels_up", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        *_traced(),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind in ('base', 'addition', 'integration')", name=op.f("ck_permission_groups_kind_known")),
        sa.CheckConstraint("levels_up between 0 and 50", name=op.f("ck_permission_groups_levels_up_bounded")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_permission_groups_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_permission_groups")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_permission_groups_region_id_code")),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_sort", sa.String(length=400, collation="C"), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=True),
        sa.Column("family_name", sa.String(length=100), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        *_traced(),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"], ["org_units.region_id", "org_units.id"], name=op.f("fk_users_region_id_unit_id")
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("region_id", "external_id", name=op.f("uq_users_region_id_external_id")),
        sa.UniqueConstraint("region_id", "subject", name=op.f("uq_users_region_id_subject")),
    )
    op.create_index(
        "uq_users_region_id_user_name", "users", ["region_id", sa.literal_column("lower(user_name)")], unique=True
    )
    op.create_index(op.f("ix_users_region_id_name_sort_id"), "users", ["region_id", "name_sort", "id"])
    op.create_index(op.f("ix_users_region_id_unit_id"), "users", ["region_id", "unit_id"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("group_code", sa.String(length=63), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("source", sa.String(length=16), server_default="manual", nullable=False),
        *_traced(),
        sa.CheckConstraint("source in ('manual', 'directory')", name=op.f("ck_memberships_source_known")),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_memberships_valid_some_day")),
        postgresql.ExcludeConstraint(
            (sa.text("region_id"), "="),
            (sa.text("user_id"), "="),
            (sa.text("group_code"), "="),
            (sa.text("unit_id"), "="),
            (sa.text("coalesce(module_id, '00000000-0000-0000-0000-000000000000'::uuid)"), "="),
            (sa.text("source"), "="),
            (sa.text("valid"), "&&"),
            name="ex_memberships_once_at_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "group_code"],
            ["permission_groups.region_id", "permission_groups.code"],
            name=op.f("fk_memberships_region_id_group_code"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "module_id"],
            ["modules.region_id", "modules.id"],
            name=op.f("fk_memberships_region_id_module_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_memberships_region_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "user_id"],
            ["users.region_id", "users.id"],
            name=op.f("fk_memberships_region_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_region_id_unit_id"), "memberships", ["region_id", "unit_id"])
    op.create_index(op.f("ix_memberships_region_id_user_id"), "memberships", ["region_id", "user_id"])


def _licences() -> None:
    op.create_table(
        "licences",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        *_traced(),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("total is null or used <= total", name=op.f("ck_licences_not_exceeded")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_licences_used_counted")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_licences_region_id")),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_licences")),
    )
