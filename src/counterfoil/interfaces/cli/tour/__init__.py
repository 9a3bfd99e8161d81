"""The tour: a year or three of a partner program, played by scripted personas through the flows.

Nothing here knows a shortcut: each act goes through the same journey that a person's click takes,
as that person, in a transaction of its own. The demo's data and the tour on AdventureWorks are
both made so.
"""
