"""Counts of requests that all processes share, for the limits of rate (ADR 22).

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"

# Updated in place again and again: room on the page keeps the new version beside the old one.
TABLE = """
create unlogged table rate_counts (
  region_id uuid not null,
  key bytea not null,
  until bigint not null,
  requests integer not null,
  constraint pk_rate_counts primary key (region_id, key, until)
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0)
"""

# Of several regions at once, and of none: so as the owner, and the table itself is closed to the service but for reading
# its own region. In the order of the key, so that two processes never wait for each other in a circle. What is over is
# taken away by whoever comes by, a little at a time; what another is taking away at this moment is left to it.
ADD_UP = """
create function add_up_requests(regions uuid[], keys bytea[], untils bigint[], more integer[])
returns table (key bytea, until bigint, requests integer)
language sql security definer set search_path = public, pg_temp
as $$
  with over as (
    select r.region_id, r.key, r.until from rate_counts r
     where r.until < extract(epoch from now())::bigint - 60
     limit 1000 for update skip locked
  ), taken as (
    delete from rate_counts r using over o
     where r.region_id = o.region_id and r.key = o.key and r.until = o.until
  )
  insert into rate_counts as kept (region_id, key, until, requests)
  select s.region_id, s.key, s.until, s.more
    from unnest(regions, keys, untils, more) as s (region_id, key, until, more)
   order by s.region_id, s.key, s.until
      on conflict on constraint pk_rate_counts do update set requests = kept.requests + excluded.requests
  returning kept.key, kept.until, kept.requests
$$
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute("alter table rate_counts enable row level security")
    op.execute(
        "create policy own_region on rate_counts "
        "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
    )
    op.execute(f"grant select on rate_counts to {ROLE}")
    op.execute(ADD_UP)
    op.execute("revoke all on function add_up_requests from public")
    op.execute(f"grant execute on function add_up_requests to {ROLE}")


def downgrade() -> None:
    op.execute("drop function add_up_requests")
    op.drop_table("rate_counts")
