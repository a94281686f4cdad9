-- The question of bench/question.py as one statement that gives the whole answer as text: $1 region, $2 unit's code, $3 period
-- as asked for, $4 its first day, $5 its last day, $6 the day of the tree. Region filter, no permission filter.
--
-- Everything is done by set, on small integers: nodes are numbered in the order in which siblings are shown, so that
-- paths sort as texts and sets of descendants are pairs of integers. The nested JSON is never built: each node that is
-- shown is a piece of text, put in depth-first order and concatenated with the brackets between it and the next one.
with recursive
top as materialized (select id, code from org_units where region_id = $1 and code = $2),
below as materialized (
  select a.unit_id as id, a.depth, u.code
  from org_ancestors a join org_units u on u.region_id = a.region_id and u.id = a.unit_id
  where a.region_id = $1 and a.ancestor_id = (select id from top) and a.valid @> $6::date
),
units as materialized (select array_agg(id) as ids from below),
plan as materialized (
  select id from plan_versions where region_id = $1 and year = extract(year from $5::date)::int
),
cols as materialized (
  select c.id, m.code as module, c.code, (m.position * 100 + c.no)::int as place,
         coalesce(s.graded, false) as graded
  from module_columns c
  join modules m on m.region_id = c.region_id and m.id = c.module_id
  left join lateral (
    select count(*) filter (where g ->> 'code' in ('achieved', 'partly', 'not_achieved')) = 3 and count(*) = 3 as graded
    from assessment_scales s cross join jsonb_array_elements(s.grades) g
    where s.region_id = c.region_id and s.name = c.definition ->> 'assessment'
  ) s on true
  where c.region_id = $1
),
-- Who stands at the unit or below it: owned there, or allocated there.
present as materialized (
  select n.id, true as owned, n.module_id from nodes n
  where n.region_id = $1 and n.plan_version_id = (select id from plan)
    and n.owner_unit_id = any((select ids from units)::uuid[])
  union all
  select n.id, false, n.module_id from nodes n
  where n.region_id = $1 and n.plan_version_id = (select id from plan)
    and n.id = any(array(
      select a.node_id from allocations a where a.region_id = $1 and a.unit_id = any((select ids from units)::uuid[])
    ))
    and n.owner_unit_id <> all((select ids from units)::uuid[])
),
-- What comes in from another module below an owned node, all the way down.
foreign_nodes as materialized (
  select n.id, n.module_id from nodes n
  where n.region_id = $1 and n.plan_version_id = (select id from plan)
    and n.column_id = any(array(select id from cols where module <> $7))
),
brought (parent_id, child_id) as (
  select l.parent_id, l.child_id
  from node_links l
  join present p on p.id = l.parent_id
  join foreign_nodes f on f.id = l.child_id
  where l.region_id = $1 and l.child_id = any(array(select id from foreign_nodes))
    and p.owned and f.module_id <> p.module_id
  union
  select l.parent_id, l.child_id
  from brought b
  join lateral (select * from node_links n where n.region_id = $1 and n.parent_id = b.child_id offset 0) l on true
),
all_links as materialized (
  select l.parent_id, l.child_id from node_links l
   where l.region_id = $1 and l.child_id = any(array(select id from present))
  union
  select parent_id, child_id from brought
),
seen as materialized (
  select id from present union select child_id from brought
),
given as materialized (
  select n.id, n.title, n.title_sort, n.column_id, n.start_date, n.end_date, n.status, n.indicator_id,
         i.code, i.unit_of_measure, k.place, k.module, k.code as column_code, k.graded,
         (row_number() over (order by k.place, n.title_sort, n.id))::int as no
  from nodes n
  join cols k on k.id = n.column_id
  left join indicators i on i.region_id = n.region_id and i.id = n.indicator_id
  where n.region_id = $1 and n.id = any(array(select id from seen))
    and (not coalesce(i.region_level_only, false)
         or not exists (select from org_placements p where p.region_id = $1 and p.unit_id = (select id from top)
                         and p.parent_id is not null and p.valid @> $6::date))
),
given_links as materialized (
  select p.no as above, c.no as beneath, pp.owned is true and c.module <> p.module as linked_in,
         cp.id is not null as child_present, c.module = $7 as own
  from all_links l
  join given p on p.id = l.parent_id
  join given c on c.id = l.child_id
  left join present pp on pp.id = p.id
  left join present cp on cp.id = c.id
),
-- The module's own present nodes, and what is reached from them in other modules.
other (no, brought) as (
  select l.beneath, l.linked_in
  from given g join present p on p.id = g.id join given_links l on l.above = g.no
  where g.module = $7 and not l.own and (l.linked_in or l.child_present)
  union
  select l.beneath, o.brought or l.linked_in
  from other o join given_links l on l.above = o.no
  where not l.own and (o.brought or l.linked_in or l.child_present)
),
chain as materialized (
  select g.* from given g
  where g.no in (select x.no from given x join present p on p.id = x.id where x.module = $7 union select no from other)
),
links as materialized (
  select l.above, l.beneath from given_links l
  where l.above in (select no from chain) and l.beneath in (select no from chain)
),
-- Assessments: the latest of a node at a unit; the unit's own is shown, the nearest one is counted.
latest as materialized (
  select distinct on (a.node_id, a.unit_id) c.no, a.unit_id, a.period, a.grade, a.status
  from assessments a join chain c on c.id = a.node_id join below b on b.id = a.unit_id
  where a.region_id = $1 and a.node_id = any(array(select id from chain)) and a.period_start >= $4::date and a.period_end <= $5::date
  order by a.node_id, a.unit_id, a.period_end desc, a.period_start
),
grade_of as materialized (
  select distinct on (l.no) l.no, l.grade from latest l join below b on b.id = l.unit_id
  where l.grade is not null order by l.no, b.depth, b.code
),
status_of as materialized (
  select distinct on (l.no) l.no, l.status from latest l join below b on b.id = l.unit_id
  where l.status is not null order by l.no, b.depth, b.code
),
fact as materialized (
  select c.no, c.place, c.graded, g.grade,
         case when c.status is not null then coalesce(s.status, c.status) end as status, c.end_date
  from chain c left join grade_of g on g.no = c.no left join status_of s on s.no = c.no
),
under (above, no) as (
  select above, beneath from links
  union
  select u.above, l.beneath from under u join links l on l.above = u.no
),
counted as materialized (
  select u.above, f.place, f.graded, count(*) as total,
         count(*) filter (where f.grade = 'achieved') as achieved,
         count(*) filter (where f.grade = 'partly') as partly,
         count(*) filter (where f.grade = 'not_achieved') as not_achieved,
         count(*) filter (where f.status = 'ongoing') as ongoing,
         count(*) filter (where f.status <> 'finished' and f.end_date < $5::date) as late
  from under u join fact f on f.no = u.no
  group by u.above, f.place, f.graded
),
rollup as materialized (
  select c.above as no,
         concat('{"nodes":', sum(c.total), ',"columns":[',
           string_agg(case when c.graded then concat('{"column":{"code":"', k.code, '"},"total":', c.total,
             ',"achieved":', c.achieved, ',"partly":', c.partly, ',"notAchieved":', c.not_achieved,
             ',"missing":', c.total - c.achieved - c.partly - c.not_achieved, '}') end, ',' order by c.place),
           '],"activities":{"ongoing":', sum(c.ongoing), ',"late":', sum(c.late), '}}') as said
  from counted c join cols k on k.place = c.place
  group by c.above
),
-- Indicators: the unit's own latest outcome, and the nearest target.
outcome as materialized (
  select distinct on (o.indicator_id) o.indicator_id, o.period, o.value
  from outcomes o
  where o.region_id = $1 and o.unit_id = (select id from top) and o.sex = 'T'
    and o.indicator_id = any(array(select indicator_id from chain where indicator_id is not null))
    and o.period_start >= $4::date and o.period_end <= $5::date
  order by o.indicator_id, o.period_end desc, o.period_start desc
),
target as materialized (
  select distinct on (t.indicator_id) t.indicator_id, t.kind, t.bound, t.printed
  from targets t
  left join org_ancestors a on a.region_id = $1 and a.unit_id = (select id from top) and a.ancestor_id = t.unit_id
    and a.valid @> $6::date
  where t.region_id = $1 and t.year = extract(year from $5::date)::int
    and t.indicator_id = any(array(select indicator_id from chain where indicator_id is not null))
    and (t.unit_id is null or a.ancestor_id is not null)
  order by t.indicator_id, a.depth nulls last
),
said as materialized (
  select c.no, concat(
    '{"id":"', c.id, '","title":', to_json(c.title), ',"column":{"code":"', c.column_code, '"},"assessment":',
    case when l.no is null then 'null' else concat('{"period":"', l.period, '","grade":', coalesce(to_json(l.grade)::text, 'null'),
      ',"status":', coalesce(to_json(upper(l.status))::text, 'null'), '}') end,
    ',"rollup":', coalesce(r.said, '{"nodes":0,"columns":[],"activities":{"ongoing":0,"late":0}}'),
    case when c.indicator_id is not null then concat(
           ',"code":"', c.code, '","unitOfMeasure":', coalesce(to_json(c.unit_of_measure)::text, 'null'), ',"target":',
           case when t.kind is null then 'null' else concat('{"kind":"', upper(t.kind), '","bound":',
             coalesce(t.bound::text, 'null'), ',"printed":', to_json(t.printed), '}') end,
           ',"outcome":',
           case when o.period is null then 'null' else concat('{"period":"', o.period, '","value":',
             coalesce(o.value::text, 'null'), '}') end)
         when c.status is not null then concat(',"startDate":"', c.start_date, '","endDate":"', c.end_date,
           '","status":"', upper(c.status), '"')
    end) as said
  from chain c
  left join latest l on l.no = c.no and l.unit_id = (select id from top)
  left join rollup r on r.no = c.no
  left join target t on t.indicator_id = c.indicator_id
  left join outcome o on o.indicator_id = c.indicator_id
),
shown (no, depth, path) as (
  select c.no, 1, to_char(c.no, 'FM000000') collate "C" from chain c
  where not exists (select from links l where l.beneath = c.no)
  union all
  select l.beneath, s.depth + 1, s.path || to_char(l.beneath, 'FM000000')
  from shown s join links l on l.above = s.no
  where s.depth < $8::int
),
placed as (
  select s.no, s.depth, s.path, lead(s.depth, 1, 0) over (order by s.path) as next from shown s
)
select concat('{"data":{"followUp":{"unit":{"code":"', (select code from top), '"},"period":"', $3::text, '","roots":[',
  string_agg(
    concat(d.said,
           case when p.depth < $8 then ',"children":[' end,
           case when p.next <= p.depth then
             concat(case when p.depth < $8 then ']' end, '}', repeat(']}', p.depth - greatest(p.next, 1)),
                    case when p.next > 0 then ',' end) end),
    '' order by p.path),
  ']}}}')
from placed p join said d on d.no = p.no
