"""The rooms: each owns its tables. Only a room's services write them (STYLE 3.1)."""
