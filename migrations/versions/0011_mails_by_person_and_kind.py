"""Whether a person was told of a kind is found without reading that kind's mails"""

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index('ix_outgoing_mail_told', 'outgoing_mail', ['person_id', 'kind', 'wanted_at'])
    op.drop_index('ix_outgoing_mail_person_id', table_name='outgoing_mail')


def downgrade():
    op.create_index('ix_outgoing_mail_person_id', 'outgoing_mail', ['person_id'])
    op.drop_index('ix_outgoing_mail_told', table_name='outgoing_mail')
