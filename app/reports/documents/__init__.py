"""The papers of the quality work: what is printed, signed, sealed and filed (D1-D13).

A builder per document gives a neutral `Document`; three writers make it a Word, PDF or Excel file.
`catalogue` is the board of kinds with who may open them; `offers` says which papers a page shows.
Papers are Chinese whatever language their reader uses: they are the college's records.
"""
