"""Each operation of crmkit against its raw-SQL twin, on the same database."""
