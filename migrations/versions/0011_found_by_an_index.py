"""A procedure's children, a person's goals, and whether he was told of a kind are found by an index"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def _number_children_where(condition):
    op.drop_index('uq_process_instance_child', table_name='process_instance')
    where = {'sqlite_where': sa.text(condition), 'postgresql_where': sa.text(condition)}
    op.create_index('uq_process_instance_child', 'process_instance', ['parent_id', 'child_key'], unique=True, **where)


def upgrade():
    op.create_index('ix_outgoing_mail_told', 'outgoing_mail', ['person_id', 'kind', 'wanted_at'])
    op.drop_index('ix_outgoing_mail_person_id', table_name='outgoing_mail')
    op.create_index('ix_goal_responsible', 'goal', ['responsible_id'])
    _number_children_where('parent_id IS NOT NULL')


def downgrade():
    _number_children_where('child_key IS NOT NULL')
    op.drop_index('ix_goal_responsible', table_name='goal')
    op.create_index('ix_outgoing_mail_person_id', 'outgoing_mail', ['person_id'])
    op.drop_index('ix_outgoing_mail_told', table_name='outgoing_mail')
