"""A PostgreSQL of our own: found, started, shared and stopped by us, reachable through a private socket only.

`binaries` finds the programs, `account` decides as whom they may run (PostgreSQL refuses root), `folder` knows the data
folder, `locks` who is there, `postmaster` starts and stops the one server process, `server` puts it together.
"""
