"""The words of an HTML text: everything that a reader, or a copy into another program, could see."""

from html.parser import HTMLParser

_BREAKS = frozenset(
    ("br", "p", "div", "li", "tr", "table", "blockquote", "hr", "ul", "ol", "dt", "dd", "h1", "h2", "h3", "h4")
)
_SILENT = frozenset({"script", "style"})
_TELLING = ("href", "alt", "title", "value", "placeholder")


class _Words(HTMLParser):
    """Gathers text; what scripts and styles hold is no message."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BREAKS:
            self.parts.append("\n")
        if tag in ("td", "th"):
            self.parts.append("\t")
        # A number that stands only in a link or a picture's name is in the message all the same.
        self.parts += [
            f" {value.removeprefix('tel:').removeprefix('mailto:')} "
            for name, value in attrs
            if value and (name in _TELLING) and (name != "href" or value.startswith(("tel:", "mailto:")))
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of_html(markup: str) -> str:
    r"""Return the words of ``markup``, a line a block.

    >>> text_of_html("<p>Call <b>me</b><br>at <a href='tel:13812345678'>this</a></p><script>no()</script>")
    'Call me\nat  13812345678 this'
    """
    words = _Words()
    words.feed(markup)
    words.close()
    lines = (line.strip() for line in "".join(words.parts).splitlines())
    return "\n".join(line for line in lines if line)
