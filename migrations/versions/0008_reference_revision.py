"""One number that moves with every change of what is remembered per process"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    table = op.create_table(
        'reference_revision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reference_revision')),
    )
    op.bulk_insert(table, [{'id': 1, 'number': 0}])
    with op.batch_alter_table('calendar_policy') as batch_op:
        batch_op.drop_column('revision')


def downgrade():
    with op.batch_alter_table('calendar_policy') as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('calendar_policy') as batch_op:
        batch_op.alter_column('revision', existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    op.drop_table('reference_revision')
