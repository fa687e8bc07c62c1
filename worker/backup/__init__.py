"""Backup and its proof: ledger, keys, seals and evidence in the one order in which they fit together afterwards.

`make` copies, `prove` restores the copy into a scratch server and looks, `restore` puts it back. `docs/backup.md` says
why this order, and what to do after a restore.
"""
