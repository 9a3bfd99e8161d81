"""Technique that needs Django and holds no rule and no table.

Here live the acting role of a transaction, the isolation declarations of tables, the database's
roles and grants, the embedded PostgreSQL, ids, jobs and the look-up of adapters. Rules live in
`core`, tables in `apps`.
"""
