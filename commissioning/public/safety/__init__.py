"""Publishing safely: what a file says that nobody sees on its pages, and what reads like somebody's personal data.

Files are looked at by what is inside them, kind by kind; nothing is changed in them. Not here: whether a file may be
attached at all (`reports.file_checks`), and who may publish what (`public.publishing`).
"""
