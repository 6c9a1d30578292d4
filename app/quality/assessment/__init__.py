"""Assessment diagnosis: who assesses whom and when, scores, findings, grades, objections.

Nobody assesses himself (I-9): not the subject, its people or its responsible
person; the quality office is assessed by the committee.
"""
