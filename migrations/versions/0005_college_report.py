"""The college report, published results, proposals of reward and penalty"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('college_report',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('term_code', sa.String(length=16), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=24), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('chapters', sa.JSON(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(), nullable=False),
    sa.Column('started_by', sa.String(length=16), nullable=True),
    sa.Column('drafted_by', sa.String(length=16), nullable=True),
    sa.Column('reviewed_by', sa.String(length=16), nullable=True),
    sa.Column('approved_by', sa.String(length=16), nullable=True),
    sa.Column('published_at', sa.DateTime(), nullable=True),
    sa.Column('instance_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['instance_id'], ['process_instance.id'], name=op.f('fk_college_report_instance_id_process_instance')),
    sa.ForeignKeyConstraint(['term_code'], ['term.code'], name=op.f('fk_college_report_term_code_term')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_college_report')),
    sa.UniqueConstraint('kind', 'term_code', name=op.f('uq_college_report_kind_term_code'))
    )
    op.create_table('report_remark',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('unit_code', sa.String(length=24), nullable=False),
    sa.Column('person_id', sa.String(length=16), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('given_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_report_remark_person_id_person')),
    sa.ForeignKeyConstraint(['report_id'], ['college_report.id'], name=op.f('fk_report_remark_report_id_college_report')),
    sa.ForeignKeyConstraint(['unit_code'], ['org_unit.code'], name=op.f('fk_report_remark_unit_code_org_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_remark'))
    )
    with op.batch_alter_table('report_remark', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_remark_report_id'), ['report_id'], unique=False)

    op.create_table('appraisal_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('assessment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('subject_name', sa.String(length=80), nullable=False),
    sa.Column('grade', sa.String(length=1), nullable=False),
    sa.Column('coefficient', sa.Double(), nullable=False),
    sa.Column('reward_penalty', sa.String(length=300), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('proposed_by', sa.String(length=16), nullable=True),
    sa.Column('approved_by', sa.String(length=16), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('applied_by', sa.String(length=16), nullable=True),
    sa.Column('applied_at', sa.DateTime(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.CheckConstraint("status NOT IN ('APPROVED', 'APPLIED') OR approved_by IS NOT NULL", name=op.f('ck_appraisal_link_somebody_approved')),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_appraisal_link_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['report_id'], ['college_report.id'], name=op.f('fk_appraisal_link_report_id_college_report')),
    sa.ForeignKeyConstraint(['subject_code'], ['subject.code'], name=op.f('fk_appraisal_link_subject_code_subject')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appraisal_link')),
    sa.UniqueConstraint('assessment_id', name=op.f('uq_appraisal_link_assessment_id'))
    )
    with op.batch_alter_table('appraisal_link', schema=None) as batch_op:
        batch_op.create_index('ix_appraisal_link_report', ['report_id', 'status'], unique=False)

    op.create_table('result_publication',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('report_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('assessment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('layer_code', sa.String(length=16), nullable=False),
    sa.Column('subject_name', sa.String(length=80), nullable=False),
    sa.Column('assessor_name', sa.String(length=80), nullable=False),
    sa.Column('grade', sa.String(length=1), nullable=False),
    sa.Column('findings', sa.Integer(), nullable=False),
    sa.Column('audience', sa.String(length=24), nullable=False),
    sa.Column('published_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_result_publication_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['layer_code'], ['layer.code'], name=op.f('fk_result_publication_layer_code_layer')),
    sa.ForeignKeyConstraint(['report_id'], ['college_report.id'], name=op.f('fk_result_publication_report_id_college_report')),
    sa.ForeignKeyConstraint(['subject_code'], ['subject.code'], name=op.f('fk_result_publication_subject_code_subject')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_publication')),
    sa.UniqueConstraint('report_id', 'assessment_id', name=op.f('uq_result_publication_report_id_assessment_id'))
    )
    with op.batch_alter_table('result_publication', schema=None) as batch_op:
        batch_op.create_index('ix_result_publication_subject', ['subject_code'], unique=False)


def downgrade():
    with op.batch_alter_table('result_publication', schema=None) as batch_op:
        batch_op.drop_index('ix_result_publication_subject')

    op.drop_table('result_publication')
    with op.batch_alter_table('appraisal_link', schema=None) as batch_op:
        batch_op.drop_index('ix_appraisal_link_report')

    op.drop_table('appraisal_link')
    with op.batch_alter_table('report_remark', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_report_remark_report_id'))

    op.drop_table('report_remark')
    op.drop_table('college_report')
