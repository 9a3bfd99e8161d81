"""The portal: what partners see and do, phone first."""
