"""All tables, with the checks, keys and indexes that the models name.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "regions",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("board_level", sa.String(length=63), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_regions")),
        sa.UniqueConstraint("code", name=op.f("uq_regions_code")),
    )
    op.create_table(
        "assessment_scales",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("grades", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_assessment_scales_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_assessment_scales")),
        sa.UniqueConstraint("region_id", "name", name=op.f("uq_assessment_scales_region_id_name")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_idempotency_keys_region_id")),
        sa.PrimaryKeyConstraint("region_id", "subject", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_region_id_created_at"), "idempotency_keys", ["region_id", "created_at"], unique=False
    )
    op.create_table(
        "indicators",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.Column("catalogue_key", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=50), nullable=True),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("scale", sa.Numeric(), server_default=sa.text("1"), nullable=False),
        sa.Column("is_ratio", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("numerator", sa.String(length=500), nullable=True),
        sa.Column("denominator", sa.String(length=500), nullable=True),
        sa.Column("sex_disaggregated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("region_level_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("input", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9._-]{0,62}$'", name=op.f("ck_indicators_code_form")),
        sa.CheckConstraint("direction in ('up', 'down', 'none')", name=op.f("ck_indicators_direction_known")),
        sa.CheckConstraint("input in ('manual', 'catalogue')", name=op.f("ck_indicators_input_known")),
        sa.CheckConstraint("scale > 0", name=op.f("ck_indicators_scale_positive")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_indicators_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_indicators")),
        sa.UniqueConstraint("region_id", "catalogue_key", name=op.f("uq_indicators_region_id_catalogue_key")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_indicators_region_id_code")),
    )
    op.create_table(
        "modules",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_modules_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_modules")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_modules_region_id_code")),
    )
    op.create_table(
        "org_levels",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_org_levels_region_id")),
        sa.PrimaryKeyConstraint("region_id", "code", name=op.f("pk_org_levels")),
        sa.UniqueConstraint("region_id", "position", name=op.f("uq_org_levels_region_id_position")),
    )
    op.create_table(
        "outcome_imports",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("imported", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("conflict_count", sa.Integer(), nullable=False),
        sa.Column("conflicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("mode in ('atomic', 'best_effort')", name=op.f("ck_outcome_imports_mode_known")),
        sa.CheckConstraint("status in ('completed', 'refused')", name=op.f("ck_outcome_imports_status_known")),
        sa.CheckConstraint(
            "received = imported + updated + unchanged + ignored", name=op.f("ck_outcome_imports_nothing_dropped")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_outcome_imports_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_outcome_imports")),
    )
    op.create_table(
        "plan_versions",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("status in ('planning', 'live', 'archived')", name=op.f("ck_plan_versions_status_known")),
        sa.CheckConstraint("year between 1900 and 2999", name=op.f("ck_plan_versions_year_sane")),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_plan_versions_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_plan_versions")),
        sa.UniqueConstraint("region_id", "year", name=op.f("uq_plan_versions_region_id_year")),
    )
    op.create_index(
        "uq_plan_versions_one_live",
        "plan_versions",
        ["region_id"],
        unique=True,
        postgresql_where=sa.text("status = 'live'"),
    )
    op.create_table(
        "module_columns",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("node_kind", sa.String(length=16), nullable=False),
        sa.Column("standard_periodicity", sa.String(length=16), nullable=True),
        sa.Column("parent_required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "node_kind in ('text', 'measure', 'activity')", name=op.f("ck_module_columns_node_kind_known")
        ),
        sa.CheckConstraint(
            "standard_periodicity is null or standard_periodicity in ('year', 'tertial', 'month')",
            name=op.f("ck_module_columns_periodicity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "module_id"],
            ["modules.region_id", "modules.id"],
            name=op.f("fk_module_columns_region_id_module_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_module_columns")),
        sa.UniqueConstraint("region_id", "module_id", "code", name=op.f("uq_module_columns_region_id_module_id_code")),
        sa.UniqueConstraint(
            "region_id", "module_id", "id", "node_kind", name=op.f("uq_module_columns_region_id_module_id_id_node_kind")
        ),
        sa.UniqueConstraint("region_id", "module_id", "no", name=op.f("uq_module_columns_region_id_module_id_no")),
    )
    op.create_table(
        "module_links",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "source_id"],
            ["modules.region_id", "modules.id"],
            name=op.f("fk_module_links_region_id_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "target_id"],
            ["modules.region_id", "modules.id"],
            name=op.f("fk_module_links_region_id_target_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "source_id", "target_id", name=op.f("pk_module_links")),
    )
    op.create_table(
        "org_units",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_sort", sa.String(length=400, collation="C"), nullable=False),
        sa.Column("level", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("commissioning", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("provider", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("monthly_comment_required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("budget_goals_allocated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9._-]{0,31}$'", name=op.f("ck_org_units_code_form")),
        sa.CheckConstraint("kind is null or kind in ('namnd', 'styrelse')", name=op.f("ck_org_units_kind_known")),
        sa.ForeignKeyConstraint(
            ["region_id", "level"],
            ["org_levels.region_id", "org_levels.code"],
            name=op.f("fk_org_units_region_id_level"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_org_units")),
        sa.UniqueConstraint("region_id", "code", name=op.f("uq_org_units_region_id_code")),
    )
    op.create_index(op.f("ix_org_units_region_id_name_sort"), "org_units", ["region_id", "name_sort"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role in ('reader', 'reporter', 'administrator')", name=op.f("ck_api_keys_role_known")),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("ck_api_keys_hash_sha256")),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_api_keys_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("region_id", "name", name=op.f("uq_api_keys_region_id_name")),
    )
    op.create_table(
        "hidden_columns",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("column_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "column_id"],
            ["module_columns.region_id", "module_columns.id"],
            name=op.f("fk_hidden_columns_region_id_column_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_hidden_columns_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "unit_id", "column_id", name=op.f("pk_hidden_columns")),
    )
    op.create_table(
        "keyword_groups",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_sort", sa.String(length=400, collation="C"), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_keyword_groups_region_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_keyword_groups_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_keyword_groups")),
        sa.UniqueConstraint("region_id", "name", name=op.f("uq_keyword_groups_region_id_name")),
    )
    op.create_index(
        op.f("ix_keyword_groups_region_id_name_sort"), "keyword_groups", ["region_id", "name_sort"], unique=False
    )
    op.create_table(
        "nodes",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lineage_id", sa.Uuid(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("column_id", sa.Uuid(), nullable=False),
        sa.Column("node_kind", sa.String(length=16), nullable=False),
        sa.Column("owner_unit_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("title_sort", sa.String(length=1000, collation="C"), nullable=False),
        sa.Column("title_key", sa.String(length=1000, collation="C"), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("justification", sa.Text(), nullable=True),
        sa.Column("periodicity", sa.String(length=16), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("own_board_id", sa.Uuid(), nullable=True),
        sa.Column("own_place", sa.SmallInteger(), nullable=True),
        sa.Column("confirmed_similar", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(node_kind = 'measure') = (indicator_id is not null)", name=op.f("ck_nodes_measure_is_indicator")
        ),
        sa.CheckConstraint("(status is not null) = (node_kind = 'activity')", name=op.f("ck_nodes_status_of_activity")),
        sa.CheckConstraint("btrim(title) <> ''", name=op.f("ck_nodes_title_said")),
        sa.CheckConstraint("node_kind <> 'activity' or start_date is not null", name=op.f("ck_nodes_activity_dated")),
        sa.CheckConstraint("node_kind in ('text', 'measure', 'activity')", name=op.f("ck_nodes_node_kind_known")),
        sa.CheckConstraint(
            "periodicity is null or periodicity in ('year', 'tertial', 'month')",
            name=op.f("ck_nodes_periodicity_known"),
        ),
        sa.CheckConstraint(
            "status is null or status in ('planned', 'ongoing', 'paused', 'finished')",
            name=op.f("ck_nodes_status_known"),
        ),
        sa.CheckConstraint("(own_board_id is null) = (own_place is null)", name=op.f("ck_nodes_own_place_whole")),
        sa.CheckConstraint("(start_date is null) = (end_date is null)", name=op.f("ck_nodes_dates_both")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_nodes_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["region_id", "indicator_id"],
            ["indicators.region_id", "indicators.id"],
            name=op.f("fk_nodes_region_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "module_id", "column_id", "node_kind"],
            ["module_columns.region_id", "module_columns.module_id", "module_columns.id", "module_columns.node_kind"],
            name="fk_nodes_column",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "own_board_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_nodes_region_id_own_board_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "owner_unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_nodes_region_id_owner_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "plan_version_id"],
            ["plan_versions.region_id", "plan_versions.id"],
            name=op.f("fk_nodes_region_id_plan_version_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_nodes")),
        sa.UniqueConstraint(
            "region_id", "plan_version_id", "column_id", "own_board_id", "own_place", name="uq_nodes_own_place"
        ),
        sa.UniqueConstraint("region_id", "plan_version_id", "id", name=op.f("uq_nodes_region_id_plan_version_id_id")),
        sa.UniqueConstraint(
            "region_id", "plan_version_id", "lineage_id", name=op.f("uq_nodes_region_id_plan_version_id_lineage_id")
        ),
    )
    op.create_index(op.f("ix_nodes_region_id_indicator_id"), "nodes", ["region_id", "indicator_id"], unique=False)
    op.create_index(
        op.f("ix_nodes_region_id_plan_version_id_column_id_title_sort"),
        "nodes",
        ["region_id", "plan_version_id", "column_id", "title_sort"],
        unique=False,
    )
    op.create_index(
        op.f("ix_nodes_region_id_plan_version_id_owner_unit_id"),
        "nodes",
        ["region_id", "plan_version_id", "owner_unit_id"],
        unique=False,
    )
    op.create_index(
        "ix_nodes_title_key",
        "nodes",
        ["title_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title_key": "gin_trgm_ops"},
    )
    op.create_table(
        "org_ancestors",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("depth between 0 and 50", name=op.f("ck_org_ancestors_depth_bounded")),
        sa.ForeignKeyConstraint(
            ["region_id", "ancestor_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_org_ancestors_region_id_ancestor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_org_ancestors_region_id_unit_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region_id", "unit_id", "ancestor_id", "valid_from", name=op.f("pk_org_ancestors")),
    )
    op.create_index(
        op.f("ix_org_ancestors_region_id_ancestor_id_unit_id"),
        "org_ancestors",
        ["region_id", "ancestor_id", "unit_id"],
        unique=False,
    )
    op.create_table(
        "org_placements",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("valid", postgresql.DATERANGE(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("region_id"), "="),
            (sa.text("unit_id"), "="),
            (sa.text("valid"), "&&"),
            using="gist",
            name="ex_org_placements_one_place",
        ),
        sa.CheckConstraint("not isempty(valid)", name=op.f("ck_org_placements_valid_some_day")),
        sa.CheckConstraint("parent_id is null or parent_id <> unit_id", name=op.f("ck_org_placements_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["region_id", "parent_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_org_placements_region_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_org_placements_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_org_placements")),
    )
    op.create_index(
        op.f("ix_org_placements_region_id_parent_id"), "org_placements", ["region_id", "parent_id"], unique=False
    )
    op.create_table(
        "outcomes",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("numerator", sa.Numeric(), nullable=True),
        sa.Column("denominator", sa.Numeric(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "coalesce(value, 0) not in ('NaN', 'Infinity', '-Infinity') and coalesce(numerator, 0) not in ('NaN', 'Infinity', '-Infinity') and coalesce(denominator, 0) not in ('NaN', 'Infinity', '-Infinity')",
            name=op.f("ck_outcomes_numbers_finite"),
        ),
        sa.CheckConstraint(
            "period ~ '^[12][0-9]{3}(-T[1-3]|-(0[1-9]|1[0-2]))?$'", name=op.f("ck_outcomes_period_form")
        ),
        sa.CheckConstraint("sex in ('T', 'K', 'M')", name=op.f("ck_outcomes_sex_known")),
        sa.ForeignKeyConstraint(
            ["region_id", "import_id"],
            ["outcome_imports.region_id", "outcome_imports.id"],
            name=op.f("fk_outcomes_region_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "indicator_id"],
            ["indicators.region_id", "indicators.id"],
            name=op.f("fk_outcomes_region_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_outcomes_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "indicator_id", "unit_id", "period", "sex", name=op.f("pk_outcomes")),
    )
    op.create_index(
        op.f("ix_outcomes_region_id_unit_id_indicator_id_period_end"),
        "outcomes",
        ["region_id", "unit_id", "indicator_id", "period_end"],
        unique=False,
    )
    op.create_table(
        "targets",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("bound", sa.Numeric(), nullable=True),
        sa.Column("printed", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.CheckConstraint("bound not in ('NaN', 'Infinity', '-Infinity')", name=op.f("ck_targets_bound_finite")),
        sa.CheckConstraint(
            "kind in ('increase', 'decrease', 'less', 'at_most', 'equal', 'at_least', 'more')",
            name=op.f("ck_targets_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "indicator_id"],
            ["indicators.region_id", "indicators.id"],
            name=op.f("fk_targets_region_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"], ["org_units.region_id", "org_units.id"], name=op.f("fk_targets_region_id_unit_id")
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_targets")),
        sa.UniqueConstraint(
            "region_id",
            "indicator_id",
            "year",
            "unit_id",
            name=op.f("uq_targets_region_id_indicator_id_year_unit_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "allocations",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("origin in ('allocated', 'opted_in')", name=op.f("ck_allocations_origin_known")),
        sa.ForeignKeyConstraint(
            ["region_id", "node_id"],
            ["nodes.region_id", "nodes.id"],
            name=op.f("fk_allocations_region_id_node_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_allocations_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("region_id", "node_id", "unit_id", name=op.f("uq_allocations_region_id_node_id_unit_id")),
    )
    op.create_index(
        op.f("ix_allocations_region_id_unit_id_node_id"),
        "allocations",
        ["region_id", "unit_id", "node_id"],
        unique=False,
    )
    op.create_table(
        "assessments",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("grade", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("analysis", sa.Text(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("assessed_by", sa.String(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "period ~ '^[12][0-9]{3}(-T[1-3]|-(0[1-9]|1[0-2]))?$'", name=op.f("ck_assessments_period_form")
        ),
        sa.CheckConstraint(
            "status is null or status in ('planned', 'ongoing', 'paused', 'finished')",
            name=op.f("ck_assessments_status_known"),
        ),
        sa.CheckConstraint(
            "grade is not null or status is not null or analysis is not null",
            name=op.f("ck_assessments_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "node_id"], ["nodes.region_id", "nodes.id"], name=op.f("fk_assessments_region_id_node_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_assessments_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_assessments")),
        sa.UniqueConstraint(
            "region_id", "node_id", "unit_id", "period", name=op.f("uq_assessments_region_id_node_id_unit_id_period")
        ),
    )
    op.create_index(
        op.f("ix_assessments_region_id_unit_id_period_end"),
        "assessments",
        ["region_id", "unit_id", "period_end"],
        unique=False,
    )
    op.create_table(
        "keywords",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "group_id"],
            ["keyword_groups.region_id", "keyword_groups.id"],
            name=op.f("fk_keywords_region_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_keywords")),
        sa.UniqueConstraint("region_id", "group_id", "text", name=op.f("uq_keywords_region_id_group_id_text")),
    )
    op.create_table(
        "node_links",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("parent_id <> child_id", name=op.f("ck_node_links_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["region_id", "plan_version_id", "child_id"],
            ["nodes.region_id", "nodes.plan_version_id", "nodes.id"],
            name="fk_node_links_child",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "plan_version_id", "parent_id"],
            ["nodes.region_id", "nodes.plan_version_id", "nodes.id"],
            name="fk_node_links_parent",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region_id", "parent_id", "child_id", name=op.f("pk_node_links")),
        sa.UniqueConstraint("region_id", "id", name=op.f("uq_node_links_region_id_id")),
    )
    op.create_index(op.f("ix_node_links_region_id_child_id"), "node_links", ["region_id", "child_id"], unique=False)
    op.create_table(
        "outcome_history",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("numerator", sa.Numeric(), nullable=True),
        sa.Column("denominator", sa.Numeric(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.Column("replaced_by_import", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["region_id", "indicator_id", "unit_id", "period", "sex"],
            ["outcomes.region_id", "outcomes.indicator_id", "outcomes.unit_id", "outcomes.period", "outcomes.sex"],
            name="fk_outcome_history_outcome",
        ),
        sa.PrimaryKeyConstraint("region_id", "no", name=op.f("pk_outcome_history")),
    )
    op.create_index(
        op.f("ix_outcome_history_region_id_indicator_id_unit_id_period_sex"),
        "outcome_history",
        ["region_id", "indicator_id", "unit_id", "period", "sex"],
        unique=False,
    )
    op.create_table(
        "responsibilities",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "node_id"],
            ["nodes.region_id", "nodes.id"],
            name=op.f("fk_responsibilities_region_id_node_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_responsibilities_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "node_id", "unit_id", "role", "subject", name=op.f("pk_responsibilities")),
    )
    op.create_table(
        "node_keywords",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("keyword_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id", "keyword_id"],
            ["keywords.region_id", "keywords.id"],
            name=op.f("fk_node_keywords_region_id_keyword_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "node_id"],
            ["nodes.region_id", "nodes.id"],
            name=op.f("fk_node_keywords_region_id_node_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("region_id", "node_id", "keyword_id", name=op.f("pk_node_keywords")),
    )
    op.create_index(
        op.f("ix_node_keywords_region_id_keyword_id_node_id"),
        "node_keywords",
        ["region_id", "keyword_id", "node_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_node_keywords_region_id_keyword_id_node_id"), table_name="node_keywords")
    op.drop_table("node_keywords")
    op.drop_table("responsibilities")
    op.drop_index(op.f("ix_outcome_history_region_id_indicator_id_unit_id_period_sex"), table_name="outcome_history")
    op.drop_table("outcome_history")
    op.drop_index(op.f("ix_node_links_region_id_child_id"), table_name="node_links")
    op.drop_table("node_links")
    op.drop_table("keywords")
    op.drop_index(op.f("ix_assessments_region_id_unit_id_period_end"), table_name="assessments")
    op.drop_table("assessments")
    op.drop_index(op.f("ix_allocations_region_id_unit_id_node_id"), table_name="allocations")
    op.drop_table("allocations")
    op.drop_table("targets")
    op.drop_index(op.f("ix_outcomes_region_id_unit_id_indicator_id_period_end"), table_name="outcomes")
    op.drop_table("outcomes")
    op.drop_index(op.f("ix_org_placements_region_id_parent_id"), table_name="org_placements")
    op.drop_table("org_placements")
    op.drop_index(op.f("ix_org_ancestors_region_id_ancestor_id_unit_id"), table_name="org_ancestors")
    op.drop_table("org_ancestors")
    op.drop_index(
        "ix_nodes_title_key", table_name="nodes", postgresql_using="gin", postgresql_ops={"title_key": "gin_trgm_ops"}
    )
    op.drop_index(op.f("ix_nodes_region_id_plan_version_id_owner_unit_id"), table_name="nodes")
    op.drop_index(op.f("ix_nodes_region_id_plan_version_id_column_id_title_sort"), table_name="nodes")
    op.drop_index(op.f("ix_nodes_region_id_indicator_id"), table_name="nodes")
    op.drop_table("nodes")
    op.drop_index(op.f("ix_keyword_groups_region_id_name_sort"), table_name="keyword_groups")
    op.drop_table("keyword_groups")
    op.drop_table("hidden_columns")
    op.drop_table("api_keys")
    op.drop_index(op.f("ix_org_units_region_id_name_sort"), table_name="org_units")
    op.drop_table("org_units")
    op.drop_table("module_links")
    op.drop_table("module_columns")
    op.drop_index("uq_plan_versions_one_live", table_name="plan_versions", postgresql_where=sa.text("status = 'live'"))
    op.drop_table("plan_versions")
    op.drop_table("outcome_imports")
    op.drop_table("org_levels")
    op.drop_table("modules")
    op.drop_table("indicators")
    op.drop_index(op.f("ix_idempotency_keys_region_id_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("assessment_scales")
    op.drop_table("regions")
