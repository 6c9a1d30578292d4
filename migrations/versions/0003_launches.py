"""Launches with their subjects instead of a mark per layer

What a layer was launched with before is not known any more; the mark becomes a
launch without subjects, which keeps the timer from launching the layer again.
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    marks = op.get_bind().execute(
        sa.text('SELECT term_code, layer_code, launched_at, launched_by FROM cohort_launch')
    ).fetchall()
    op.drop_table('cohort_launch')
    launches = op.create_table('cohort_launch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('term_code', sa.String(length=16), nullable=False),
    sa.Column('layer_code', sa.String(length=16), nullable=False),
    sa.Column('scope', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('asked_by', sa.String(length=16), nullable=True),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=True),
    sa.Column('ended_at', sa.DateTime(), nullable=True),
    sa.Column('undone_by', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['person.id'], name=op.f('fk_cohort_launch_asked_by_person')),
    sa.ForeignKeyConstraint(['layer_code'], ['layer.code'], name=op.f('fk_cohort_launch_layer_code_layer')),
    sa.ForeignKeyConstraint(['term_code'], ['term.code'], name=op.f('fk_cohort_launch_term_code_term')),
    sa.ForeignKeyConstraint(['undone_by'], ['person.id'], name=op.f('fk_cohort_launch_undone_by_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cohort_launch'))
    )
    op.create_index('ix_cohort_launch_term', 'cohort_launch', ['term_code', 'layer_code'], unique=False)
    op.create_table('launch_item',
    sa.Column('launch_id', sa.Integer(), nullable=False),
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('performers', sa.JSON(), nullable=False),
    sa.Column('doubts', sa.JSON(), nullable=False),
    sa.Column('resolved', sa.Boolean(), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.Column('instance_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['instance_id'], ['process_instance.id'], name=op.f('fk_launch_item_instance_id_process_instance')),
    sa.ForeignKeyConstraint(['launch_id'], ['cohort_launch.id'], name=op.f('fk_launch_item_launch_id_cohort_launch')),
    sa.ForeignKeyConstraint(['subject_code'], ['subject.code'], name=op.f('fk_launch_item_subject_code_subject')),
    sa.PrimaryKeyConstraint('launch_id', 'subject_code', name=op.f('pk_launch_item'))
    )
    op.create_index('ix_launch_item_instance', 'launch_item', ['instance_id'], unique=False)
    op.create_index('ix_launch_item_waiting', 'launch_item', ['launch_id', 'resolved', 'settled'], unique=False)
    if marks:
        op.bulk_insert(
            launches,
            [
                {
                    'term_code': term, 'layer_code': layer, 'scope': '', 'state': 'DONE', 'asked_by': by,
                    'asked_at': at, 'started_at': at, 'ended_at': at,
                }
                for term, layer, at, by in ((row[0], row[1], _moment(row[2]), row[3]) for row in marks)
            ],
        )


def downgrade():
    op.drop_table('launch_item')
    op.drop_table('cohort_launch')
    op.create_table('cohort_launch',
    sa.Column('term_code', sa.String(length=16), nullable=False),
    sa.Column('layer_code', sa.String(length=16), nullable=False),
    sa.Column('launched_at', sa.DateTime(), nullable=False),
    sa.Column('launched_by', sa.String(length=16), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['layer_code'], ['layer.code'], name=op.f('fk_cohort_launch_layer_code_layer')),
    sa.ForeignKeyConstraint(['term_code'], ['term.code'], name=op.f('fk_cohort_launch_term_code_term')),
    sa.PrimaryKeyConstraint('term_code', 'layer_code', name=op.f('pk_cohort_launch'))
    )


def _moment(value):
    """SQLite hands out what was written, PostgreSQL a datetime."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
