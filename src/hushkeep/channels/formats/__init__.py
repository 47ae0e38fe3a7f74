"""What contact centers export, read into intake records: each format one small parser, each fault named.

A parser takes a seekable binary stream and yields ``Draft`` (an intake record as JSON, DESIGN 7) or ``Reject``. It
opens no file, knows no path and loads nothing on the way: it runs confined (``channels.confinement``).
"""
