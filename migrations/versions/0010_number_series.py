"""Every running number of a document comes from one table"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'number_series',
        sa.Column('name', sa.String(length=60), nullable=False),
        sa.Column('last', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_number_series')),
    )
    op.execute("INSERT INTO number_series (name, last) SELECT 'ZG-' || year, last FROM order_number")
    op.drop_table('order_number')


def downgrade():
    op.create_table(
        'order_number',
        sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('last', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('year', name=op.f('pk_order_number')),
    )
    op.execute(
        "INSERT INTO order_number (year, last) SELECT CAST(substr(name, 4) AS INTEGER), last"
        " FROM number_series WHERE name LIKE 'ZG-%'"
    )
    op.drop_table('number_series')
