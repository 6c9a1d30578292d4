"""What stays without effect: the nature of the problem, the special meeting, its resolutions.

A meeting item keeps its chain of origin: determination, order, finding,
assessment, subject (I-13). A resolution ends with a follow-up verification;
without effect it comes back to the next meeting's agenda.
"""
