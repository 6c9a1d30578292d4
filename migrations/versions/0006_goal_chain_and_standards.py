"""Goals below goals, standards that are submitted, limits that are proposed"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.create_index('ix_goal_parent', ['parent_id'], unique=False)

    with op.batch_alter_table('standard', schema=None) as batch_op:
        batch_op.add_column(sa.Column('drafted_at', sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column('reason', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('opinion', sa.String(length=300), nullable=False, server_default=''))

    op.create_table('limits_proposal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('indicator_code', sa.String(length=16), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('of_version', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('proposed_by', sa.String(length=16), nullable=False),
    sa.Column('proposed_at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('decided_by', sa.String(length=16), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('opinion', sa.String(length=300), nullable=False),
    sa.Column('target', sa.Double(), nullable=True),
    sa.Column('target_high', sa.Double(), nullable=True),
    sa.Column('standard', sa.Double(), nullable=True),
    sa.Column('warn_low', sa.Double(), nullable=True),
    sa.Column('warn_high', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['indicator_code'], ['indicator.code'], name=op.f('fk_limits_proposal_indicator_code_indicator')),
    sa.ForeignKeyConstraint(['subject_code'], ['subject.code'], name=op.f('fk_limits_proposal_subject_code_subject')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_limits_proposal'))
    )
    with op.batch_alter_table('limits_proposal', schema=None) as batch_op:
        batch_op.create_index('ix_limits_proposal_subject', ['subject_code', 'state'], unique=False)


def downgrade():
    op.drop_table('limits_proposal')
    with op.batch_alter_table('standard', schema=None) as batch_op:
        batch_op.drop_column('opinion')
        batch_op.drop_column('reason')
        batch_op.drop_column('drafted_at')

    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.drop_index('ix_goal_parent')
