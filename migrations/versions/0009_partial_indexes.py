"""Who did a task is indexed only where somebody did"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

COLUMNS = ('closed_by', 'on_behalf_of')


def upgrade():
    for column in COLUMNS:
        there = sa.text(f'{column} IS NOT NULL')
        op.drop_index(f'ix_human_task_{column}', table_name='human_task')
        op.create_index(
            f'ix_human_task_{column}', 'human_task', [column], unique=False, sqlite_where=there, postgresql_where=there
        )


def downgrade():
    for column in COLUMNS:
        op.drop_index(f'ix_human_task_{column}', table_name='human_task')
        op.create_index(f'ix_human_task_{column}', 'human_task', [column], unique=False)
