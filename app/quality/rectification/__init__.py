"""Orders to put findings right before a deadline, until they are closed or referred.

Issued orders, acknowledgement, submissions, extensions, reviews, on-site
verification and the ledger. An order closes only by an effective verification
(I-12); what stays without effect is handed to `review`.
"""
