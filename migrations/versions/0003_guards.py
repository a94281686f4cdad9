"""Rules that a key or a check can't hold: the closure of the tree, which columns link, no orphan, history (K1, K2, K3, M1, I7).

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# A unit's ancestors hold for the days on which every step of the path held: the ranges of the steps, intersected.
REBUILD_ANCESTORS = """
create function rebuild_org_ancestors(wanted uuid) returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  -- Two placements at once would each rebuild without the other's row: one region, one at a time.
  perform pg_advisory_xact_lock(hashtextextended('org_ancestors ' || wanted, 0));
  if exists (
    with recursive walk (unit_id, ancestor_id, valid, depth) as (
      select unit_id, parent_id, valid, 1 from org_placements where region_id = wanted and parent_id is not null
      union all
      select w.unit_id, p.parent_id, w.valid * p.valid, w.depth + 1
        from walk w
        join org_placements p on p.region_id = wanted and p.unit_id = w.ancestor_id and p.valid && w.valid
       where p.parent_id is not null and w.unit_id <> w.ancestor_id and w.depth <= 50
    )
    select from walk where unit_id = ancestor_id or depth > 50
  ) then
    raise exception 'A unit can''t stand below itself, nor more than 50 steps down.'
      using errcode = 'check_violation', constraint = 'tg_org_placements_no_circle';
  end if;
  delete from org_ancestors where region_id = wanted;
  with recursive walk (unit_id, ancestor_id, valid, depth) as (
    select unit_id, unit_id, valid, 0 from org_placements where region_id = wanted
    union all
    select w.unit_id, p.parent_id, w.valid * p.valid, w.depth + 1
      from walk w
      join org_placements p on p.region_id = wanted and p.unit_id = w.ancestor_id and p.valid && w.valid
     where p.parent_id is not null
  )
  insert into org_ancestors (region_id, unit_id, ancestor_id, valid_from, valid, depth)
  select wanted, unit_id, ancestor_id, coalesce(lower(valid), '-infinity'), valid, depth from walk;
end $$
"""

PLACEMENTS_CHANGED = """
create function org_placements_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform rebuild_org_ancestors(region_id) from (select distinct region_id from changed) as regions;
  return null;
end $$
"""

# Parents stand to the left within a module, and modules link one way (app.domain.steering_model sees to both), so a
# link that obeys its columns can't close a circle, whoever else is linking at the same moment.
LINKS_OBEY_COLUMNS = """
create function node_links_obey_columns() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare broken record;
begin
  select parent_column.code as parent, child_column.code as child,
         parent.module_id = child.module_id as same_module
    into broken
    from added
    join nodes parent on parent.region_id = added.region_id and parent.id = added.parent_id
    join nodes child on child.region_id = added.region_id and child.id = added.child_id
    join module_columns parent_column
      on parent_column.region_id = parent.region_id and parent_column.id = parent.column_id
    join module_columns child_column on child_column.region_id = child.region_id and child_column.id = child.column_id
   where case when parent.module_id = child.module_id
              then not (child_column.definition -> 'parents' ? parent_column.code and parent_column.no < child_column.no)
              else not exists (
                select from module_links l
                 where l.region_id = added.region_id and l.source_id = child.module_id and l.target_id = parent.module_id)
         end
   limit 1;
  if found then
    raise exception '% can''t stand under %', broken.child, broken.parent
      using errcode = 'check_violation',
            constraint = case when broken.same_module then 'tg_node_links_columns' else 'tg_node_links_modules' end;
  end if;
  return null;
end $$
"""

NO_ORPHAN = """
create function nodes_no_orphan() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  region uuid := coalesce(new.region_id, old.region_id);
  node uuid;
begin
  if tg_table_name = 'nodes' then
    node := new.id;
  else
    node := old.child_id;
  end if;
  if exists (
    select from nodes n
      join module_columns c on c.region_id = n.region_id and c.id = n.column_id
     where n.region_id = region and n.id = node and c.parent_required
       and not exists (select from node_links l where l.region_id = region and l.child_id = node)
  ) then
    raise exception 'A node in this column can''t stand without a parent.'
      using errcode = 'check_violation', constraint = 'tg_nodes_no_orphan', detail = node::text;
  end if;
  return null;
end $$
"""

# Whoever corrects an outcome, by whatever way: what it said before is kept (I7).
KEEP_HISTORY = """
create function outcomes_corrected() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into outcome_history (region_id, indicator_id, unit_id, period, sex, value, numerator, denominator, comment,
                               import_id, recorded_at, recorded_by, replaced_by, replaced_by_import)
  values (old.region_id, old.indicator_id, old.unit_id, old.period, old.sex, old.value, old.numerator, old.denominator,
          old.comment, old.import_id, old.recorded_at, old.recorded_by, new.recorded_by, new.import_id);
  return null;
end $$
"""

TRIGGERS = (
    """create trigger placed after insert on org_placements
       referencing new table as changed for each statement execute function org_placements_changed()""",
    """create trigger moved after update on org_placements
       referencing new table as changed for each statement execute function org_placements_changed()""",
    """create trigger removed after delete on org_placements
       referencing old table as changed for each statement execute function org_placements_changed()""",
    """create trigger linked after insert on node_links
       referencing new table as added for each statement execute function node_links_obey_columns()""",
    """create trigger relinked after update on node_links
       referencing new table as added for each statement execute function node_links_obey_columns()""",
    """create trigger corrected after update on outcomes for each row
       when ((old.value, old.numerator, old.denominator, old.comment)
             is distinct from (new.value, new.numerator, new.denominator, new.comment))
       execute function outcomes_corrected()""",
    # At the end of the transaction: a node and its first link are two rows.
    """create constraint trigger made after insert on nodes deferrable initially deferred
       for each row execute function nodes_no_orphan()""",
    """create constraint trigger unlinked after delete on node_links deferrable initially deferred
       for each row execute function nodes_no_orphan()""",
)


def upgrade() -> None:
    for function in (REBUILD_ANCESTORS, PLACEMENTS_CHANGED, LINKS_OBEY_COLUMNS, NO_ORPHAN, KEEP_HISTORY):
        op.execute(function)
    op.execute("revoke execute on function rebuild_org_ancestors(uuid) from public")
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("drop trigger corrected on outcomes")
    op.execute("drop trigger unlinked on node_links")
    op.execute("drop trigger made on nodes")
    op.execute("drop trigger relinked on node_links")
    op.execute("drop trigger linked on node_links")
    for trigger in ("placed", "moved", "removed"):
        op.execute(f"drop trigger {trigger} on org_placements")
    for function in (
        "outcomes_corrected()",
        "nodes_no_orphan()",
        "node_links_obey_columns()",
        "org_placements_changed()",
        "rebuild_org_ancestors(uuid)",
    ):
        op.execute(f"drop function {function}")
