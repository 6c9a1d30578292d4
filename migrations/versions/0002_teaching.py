"""Programmes, courses, classes, students, teams"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('course',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=4), nullable=False),
    sa.Column('department_code', sa.String(length=24), nullable=False),
    sa.Column('leader_id', sa.String(length=16), nullable=True),
    sa.Column('credits', sa.Double(), nullable=False),
    sa.Column('hours', sa.Integer(), nullable=False),
    sa.Column('running_form_zh', sa.String(length=20), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['department_code'], ['org_unit.code'], name=op.f('fk_course_department_code_org_unit')),
    sa.ForeignKeyConstraint(['leader_id'], ['person.id'], name=op.f('fk_course_leader_id_person')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_course'))
    )
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_course_department_code'), ['department_code'], unique=False)

    op.create_table('programme',
    sa.Column('code', sa.String(length=16), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('national_code', sa.String(length=12), nullable=False),
    sa.Column('department_code', sa.String(length=24), nullable=False),
    sa.Column('leader_id', sa.String(length=16), nullable=True),
    sa.Column('level_zh', sa.String(length=40), nullable=False),
    sa.Column('duration_years', sa.Integer(), nullable=False),
    sa.Column('enrolment', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['department_code'], ['org_unit.code'], name=op.f('fk_programme_department_code_org_unit')),
    sa.ForeignKeyConstraint(['leader_id'], ['person.id'], name=op.f('fk_programme_leader_id_person')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_programme'))
    )
    with op.batch_alter_table('programme', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_department_code'), ['department_code'], unique=False)

    op.create_table('course_term',
    sa.Column('course_code', sa.String(length=16), nullable=False),
    sa.Column('term_code', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['course_code'], ['course.code'], name=op.f('fk_course_term_course_code_course')),
    sa.ForeignKeyConstraint(['term_code'], ['term.code'], name=op.f('fk_course_term_term_code_term')),
    sa.PrimaryKeyConstraint('course_code', 'term_code', name=op.f('pk_course_term'))
    )
    op.create_table('programme_course',
    sa.Column('programme_code', sa.String(length=16), nullable=False),
    sa.Column('course_code', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['course_code'], ['course.code'], name=op.f('fk_programme_course_course_code_course')),
    sa.ForeignKeyConstraint(['programme_code'], ['programme.code'], name=op.f('fk_programme_course_programme_code_programme')),
    sa.PrimaryKeyConstraint('programme_code', 'course_code', name=op.f('pk_programme_course'))
    )
    with op.batch_alter_table('programme_course', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_programme_course_course_code'), ['course_code'], unique=False)

    op.create_table('school_class',
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('name_zh', sa.String(length=80), nullable=False),
    sa.Column('programme_code', sa.String(length=16), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.String(length=16), nullable=True),
    sa.ForeignKeyConstraint(['counsellor_id'], ['person.id'], name=op.f('fk_school_class_counsellor_id_person')),
    sa.ForeignKeyConstraint(['programme_code'], ['programme.code'], name=op.f('fk_school_class_programme_code_programme')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_school_class'))
    )
    with op.batch_alter_table('school_class', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_school_class_programme_code'), ['programme_code'], unique=False)

    op.create_table('team',
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('leader_id', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['leader_id'], ['person.id'], name=op.f('fk_team_leader_id_person')),
    sa.ForeignKeyConstraint(['subject_code'], ['subject.code'], name=op.f('fk_team_subject_code_subject')),
    sa.PrimaryKeyConstraint('subject_code', name=op.f('pk_team'))
    )
    op.create_table('student_profile',
    sa.Column('student_id', sa.String(length=16), nullable=False),
    sa.Column('class_code', sa.String(length=24), nullable=False),
    sa.Column('programme_code', sa.String(length=16), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=False),
    sa.Column('counsellor_id', sa.String(length=16), nullable=True),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('on_internship', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['class_code'], ['school_class.code'], name=op.f('fk_student_profile_class_code_school_class')),
    sa.ForeignKeyConstraint(['counsellor_id'], ['person.id'], name=op.f('fk_student_profile_counsellor_id_person')),
    sa.ForeignKeyConstraint(['programme_code'], ['programme.code'], name=op.f('fk_student_profile_programme_code_programme')),
    sa.ForeignKeyConstraint(['student_id'], ['person.id'], name=op.f('fk_student_profile_student_id_person')),
    sa.PrimaryKeyConstraint('student_id', name=op.f('pk_student_profile'))
    )
    with op.batch_alter_table('student_profile', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_student_profile_class_code'), ['class_code'], unique=False)
        batch_op.create_index('ix_student_profile_counsellor', ['counsellor_id'], unique=False)
        batch_op.create_index('ix_student_profile_programme', ['programme_code', 'status'], unique=False)

    op.create_table('team_member',
    sa.Column('subject_code', sa.String(length=24), nullable=False),
    sa.Column('person_id', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_team_member_person_id_person')),
    sa.ForeignKeyConstraint(['subject_code'], ['team.subject_code'], name=op.f('fk_team_member_subject_code_team')),
    sa.PrimaryKeyConstraint('subject_code', 'person_id', name=op.f('pk_team_member'))
    )
    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_team_member_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('diagnosis_point', schema=None) as batch_op:
        batch_op.add_column(sa.Column('on_internship', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('diagnosis_point', schema=None) as batch_op:
        batch_op.alter_column('on_internship', existing_type=sa.Boolean(), existing_nullable=False, server_default=None)

    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.alter_column('post_code',
               existing_type=sa.String(length=32),
               nullable=True)

    with op.batch_alter_table('layer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('self_starting', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('layer', schema=None) as batch_op:
        batch_op.alter_column('self_starting', existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    # A college that is at work already introduces its other layers itself.
    op.execute("UPDATE layer SET self_starting = (code = 'COLLEGE')")



def downgrade():
    with op.batch_alter_table('layer', schema=None) as batch_op:
        batch_op.drop_column('self_starting')

    # Refused while there are goals of students: they belong to no post.
    with op.batch_alter_table('goal', schema=None) as batch_op:
        batch_op.alter_column('post_code',
               existing_type=sa.String(length=32),
               nullable=False)

    with op.batch_alter_table('diagnosis_point', schema=None) as batch_op:
        batch_op.drop_column('on_internship')

    with op.batch_alter_table('team_member', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_team_member_person_id'))

    op.drop_table('team_member')
    with op.batch_alter_table('student_profile', schema=None) as batch_op:
        batch_op.drop_index('ix_student_profile_programme')
        batch_op.drop_index('ix_student_profile_counsellor')
        batch_op.drop_index(batch_op.f('ix_student_profile_class_code'))

    op.drop_table('student_profile')
    op.drop_table('team')
    with op.batch_alter_table('school_class', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_school_class_programme_code'))

    op.drop_table('school_class')
    with op.batch_alter_table('programme_course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_course_course_code'))

    op.drop_table('programme_course')
    op.drop_table('course_term')
    with op.batch_alter_table('programme', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_programme_department_code'))

    op.drop_table('programme')
    with op.batch_alter_table('course', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_course_department_code'))

    op.drop_table('course')
