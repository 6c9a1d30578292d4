"""Findings with a teacher or student that the programme puts right"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('finding') as batch_op:
        batch_op.add_column(sa.Column('common', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('finding') as batch_op:
        batch_op.alter_column('common', existing_type=sa.Boolean(), existing_nullable=False, server_default=None)


def downgrade():
    with op.batch_alter_table('finding') as batch_op:
        batch_op.drop_column('common')
