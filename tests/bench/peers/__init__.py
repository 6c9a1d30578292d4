"""Who is measured: each module is a program with the same command line (`measuring.main`)."""
