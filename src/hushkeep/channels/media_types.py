"""The media types of attachments that are told apart.

Whatever else a source writes there may be anything, a name or a number too, and would stand in the clear.
"""

OTHER = "application/octet-stream"
_OFFICE = "vnd.openxmlformats-officedocument"
_KNOWN = {
    "application": (
        *("gzip", "json", "msword", "octet-stream", "pdf", "rtf", "vnd.ms-excel", "vnd.ms-outlook"),
        *("vnd.ms-powerpoint", f"{_OFFICE}.presentationml.presentation", f"{_OFFICE}.spreadsheetml.sheet"),
        *(f"{_OFFICE}.wordprocessingml.document", "x-7z-compressed", "x-rar-compressed", "x-tar", "xml", "zip"),
    ),
    "audio": ("aac", "amr", "flac", "mp4", "mpeg", "ogg", "wav", "x-wav"),
    "image": ("bmp", "gif", "heic", "jpeg", "png", "svg+xml", "tiff", "webp"),
    "message": ("rfc822",),
    "text": ("calendar", "csv", "html", "plain", "rtf", "vcard", "xml"),
    "video": ("mp4", "quicktime"),
}
MEDIA_TYPES = frozenset(f"{main}/{sub}" for main, subs in _KNOWN.items() for sub in subs)


def known(value: object) -> str:
    """Return ``value`` when it is a media type that we know, else that of any bytes.

    >>> known("image/png"), known("image/x-13812345678"), known(None)
    ('image/png', 'application/octet-stream', 'application/octet-stream')
    """
    return value if isinstance(value, str) and value in MEDIA_TYPES else OTHER
