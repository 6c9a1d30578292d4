"""Reports of sections, posts and people beside those of whole subjects"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

UNIQUE = 'uq_semester_report_subject_code_term_code_level'


def upgrade():
    with op.batch_alter_table('semester_report') as batch_op:
        batch_op.add_column(sa.Column('part', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('instance_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.drop_constraint(UNIQUE, type_='unique')
        batch_op.create_unique_constraint(f'{UNIQUE}_part', ['subject_code', 'term_code', 'level', 'part'])
        batch_op.create_foreign_key(
            'fk_semester_report_instance_id_process_instance', 'process_instance', ['instance_id'], ['id']
        )
        batch_op.create_index('ix_semester_report_instance_id', ['instance_id'])
    with op.batch_alter_table('semester_report') as batch_op:
        batch_op.alter_column('part', existing_type=sa.String(length=32), existing_nullable=False, server_default=None)


def downgrade():
    op.execute(sa.text("DELETE FROM semester_report WHERE part <> ''"))
    with op.batch_alter_table('semester_report') as batch_op:
        batch_op.drop_index('ix_semester_report_instance_id')
        batch_op.drop_constraint('fk_semester_report_instance_id_process_instance', type_='foreignkey')
        batch_op.drop_constraint(f'{UNIQUE}_part', type_='unique')
        batch_op.create_unique_constraint(UNIQUE, ['subject_code', 'term_code', 'level'])
        batch_op.drop_column('instance_id')
        batch_op.drop_column('part')
