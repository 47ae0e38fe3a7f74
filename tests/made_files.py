"""A folder of every kind of good and bad file, made here, with what must become of each."""

import io
import json
import tarfile
import zipfile
from dataclasses import dataclass, field

import openpyxl

import made_compound as outlook

RICH = b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 SimSun;}}\\f0 "
RICH += b"\\'c4\\'e3\\'ba\\'c3 13812345678\\par \\u10024? ok}"
ZH = "您好，我的手机号是13812345678，请尽快处理"
TRADITIONAL = "您好，我的手機號碼是0912345678，請儘快處理"


@dataclass
class Made:
    """A file and its outcome: the texts it gives, its rejects as (place, code), its attachments as (state, bytes)."""

    data: bytes
    texts: list = field(default_factory=list)
    rejects: list = field(default_factory=list)
    attached: list = field(default_factory=list)


def record(id_, text="hello"):
    return json.dumps(
        {"id": id_, "channel": "chat", "turns": [{"speaker": "customer", "text": text}]}, ensure_ascii=False
    )


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(members, mode="w:gz"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            info.size = len(data or b"")
            archive.addfile(info, io.BytesIO(data or b""))
    return out.getvalue()


def workbook(rows):
    out = io.BytesIO()
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def docx(text):
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        f"<w:p><w:r><w:t>{text[:5]}</w:t></w:r><w:r><w:t>{text[5:]}</w:t></w:r></w:p></w:body></w:document>"
    )
    return zipped({"word/document.xml": body.encode()})


def pdf(text):
    """A PDF of one page with ``text`` (ASCII), written out by hand."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 7\n0000000000 65535 f \n%strailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(out),
    )


def encrypted_pdf():
    import pypdf  # noqa: PLC0415 - only this one needs a writer

    writer = pypdf.PdfWriter(io.BytesIO(pdf("secret")))
    writer.encrypt("x", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted_zip():
    """A zip whose one member says that it is encrypted."""
    data = bytearray(zipped({"a.txt": b"hello"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def mail(body=b"", head=b"", *, kind=b"text/plain; charset=utf-8"):
    return (
        b"From: Ann <ann@example.org>\r\nTo: help@center.example\r\nSubject: Order\r\n"
        b"Date: Wed, 04 Mar 2026 08:00:00 +0800\r\n" + head + b"Content-Type: " + kind + b"\r\n\r\n" + body
    )


def attached(*parts, id_=b"a1"):
    """A mail with ``parts`` of (type, name, data)."""
    import base64  # noqa: PLC0415

    body = b"--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nsee there\r\n"
    for kind, name, data in parts:
        body += (
            b"--B\r\nContent-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n"
            b'Content-Disposition: attachment; filename="' + name + b'"\r\n\r\n' + base64.encodebytes(data)
        )
    return mail(body + b"--B--\r\n", b"Message-ID: <" + id_ + b"@x>\r\n", kind=b"multipart/mixed; boundary=B")


def nested(depth):
    """A mail of ``depth`` parts, each within the one before."""
    body = b"".join(
        b'--b%d\r\nContent-Type: multipart/mixed; boundary="b%d"\r\n\r\n' % (n, n + 1) for n in range(depth)
    )
    return mail(body, kind=b'multipart/mixed; boundary="b0"')


def _msg_in_msg(depth):
    """A message in a message and so on, ``depth`` deep."""
    inside = [outlook.within(_msg_in_msg(depth - 1))] if depth else []
    return outlook.message("Deep", "x", heading_bytes=24 if depth else 32, attachments=inside)


# In two, so that a scanner does not take this file for what it tests.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + b"!$H+H*"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
TABLE = "会话ID,角色,消息内容,时间\nc-{0},客户,%s,2026-03-04 16:00:01\nc-{0},客服,好的,2026/3/4 16:00:02\n" % ZH  # noqa: UP031
VTT = (
    "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n<v Agent>Hello there\n\n00:00:03.000 --> 00:00:04.000\nCustomer: hi\n"
)
SRT = "1\n00:00:01,000 --> 00:00:02,000\n客服：您好\n\n2\n00:00:03,000 --> 00:00:04,000\n客户：在吗\n"


def good():
    sheet = workbook([["a", 13812345678.0]])
    return {
        "records.jsonl": Made(record("g1", ZH).encode(), [ZH]),
        "records-gb.ndjson": Made(record("g2", ZH).encode("gb18030"), [ZH]),
        "records-wide.jsonl": Made(record("g3", ZH).encode("utf-16"), [ZH]),
        "records-big5.jsonl": Made(record("g4", TRADITIONAL).encode("big5"), [TRADITIONAL]),
        "chat.csv": Made(TABLE.format(1).encode(), [ZH, "好的"]),
        "chat-bom.csv": Made(TABLE.format(2).encode("utf-8-sig"), [ZH, "好的"]),
        "chat-gb.csv": Made(TABLE.format(3).encode("gb18030"), [ZH, "好的"]),
        "chat-wide.tsv": Made(TABLE.format(4).replace(",", "\t").encode("utf-16"), [ZH, "好的"]),
        "chat-big5.csv": Made(f"會話ID;訊息內容\nc-5;{TRADITIONAL}\n".encode("big5"), [TRADITIONAL]),
        "chat.xlsx": Made(workbook([["session id", "message", "phone"], ["x1", "hey", 13812345678.0]]), ["hey"]),
        "talk.txt": Made(
            f"[2026-03-04 08:00:01] 客户: {ZH}\n再说一遍\n客服：您好\n".encode(), [f"{ZH}\n再说一遍", "您好"]
        ),
        "talk.vtt": Made(VTT.encode(), ["Hello there", "hi"]),
        "talk.srt": Made(SRT.encode("gb18030"), ["您好", "在吗"]),
        "plain.eml": Made(mail("您好".encode("gb18030"), kind=b"text/plain; charset=gb2312"), ["您好"]),
        "page.eml": Made(
            mail(b"<style>x</style><p>Hi <b>there</b><p>bye", kind=b"text/html; charset=utf-8"), ["Hi there\nbye"]
        ),
        "papers.eml": Made(
            attached(
                (b"application/pdf", b"a.pdf", pdf("call 13812345678")),
                (b"application/octet-stream", b"b.docx", docx("name 王小明")),
                (b"text/csv", b"c.csv", ZH.encode("gb18030")),
                (b"application/octet-stream", b"d.xlsx", sheet),
            ),
            ["see there", "call 13812345678", "name 王小明", ZH, "a\t13812345678"],
            attached=[
                *(("read", pdf("call 13812345678")), ("read", docx("name 王小明"))),
                *(("read", ZH.encode("gb18030")), ("read", sheet)),
            ],
        ),
        "letter.msg": Made(
            outlook.compound(
                outlook.message(
                    "Letter",
                    ZH,
                    attachments=[
                        outlook.attachment("a.pdf", pdf("call 13812345678"), "application/pdf"),
                        outlook.attachment("c.csv", ZH.encode("gb18030")),
                        outlook.within(outlook.message("Inner", "inner", heading_bytes=24)),
                    ],
                )
            ),
            [ZH, "call 13812345678", ZH, "inner"],
            attached=[("read", pdf("call 13812345678")), ("read", ZH.encode("gb18030"))],
        ),
        "page.msg": Made(
            outlook.compound(outlook.message("Page", "", outlook.binary(0x1013, f"<p>{ZH}</p>".encode("gb18030")))),
            [ZH],
        ),
        "rich.msg": Made(
            outlook.compound(outlook.message("Rich", "", outlook.binary(0x1009, outlook.packed(RICH)))),
            ["你好 13812345678\n✨ ok"],
        ),
        "rich.eml": Made(
            attached((b"application/rtf", b"r.rtf", RICH), id_=b"a8"),
            ["see there", "你好 13812345678\n✨ ok"],
            attached=[("read", RICH)],
        ),
        "picture.eml": Made(
            attached((b"image/png", b"me.png", PICTURE), (b"image/png", b"again.png", PICTURE), id_=b"a2"),
            ["see there"],
            attached=[("unread", PICTURE), ("unread", PICTURE)],
        ),
        "picture.msg": Made(
            outlook.compound(
                outlook.message("Picture", "see", attachments=[outlook.attachment("me.png", PICTURE, "image/png")])
            ),
            ["see"],
            attached=[("unread", PICTURE)],
        ),
        "old.msg": Made(
            outlook.compound(outlook.message("Old", "", ("__substg1.0_1000001E", ZH.encode("gb18030")), page=936)), [ZH]
        ),
        "box.mbox": Made(
            b"".join(b"From x Wed Mar  4 08:00:00 2026\r\n" + mail(b"one %d\r\n>From far\r\n\r\n" % n) for n in (1, 2)),
            ["one 1\r\nFrom far", "one 2\r\nFrom far"],
        ),
        "Maildir/cur/1234.host:2,S": Made(mail(b"in a maildir"), ["in a maildir"]),
        "all.zip": Made(
            zipped({"in/chat.csv": TABLE.format(6), "deep.zip": zipped({"m.eml": mail(b"deep")})}), [ZH, "好的", "deep"]
        ),
        "all.tar.gz": Made(
            tarred({"in/talk.txt": "客户：喂\n".encode(), "r.jsonl": record("t1").encode()}), ["喂", "hello"]
        ),
    }


def bad():
    bomb, locked = zipped({"bomb.txt": b"\0" * 400_000_000}), encrypted_pdf()
    return {
        "broken.jsonl": Made(b'{"id": \n' + record("b1").encode(), ["hello"], [(1, "not_json")]),
        "mixed-lines.jsonl": Made(
            record("b2", ZH).encode() + b"\n" + record("b3", ZH).encode("gb18030"), [ZH], [(2, "bad_encoding")]
        ),
        "long-line.jsonl": Made(b"x" * 5_000_000 + b"\n" + record("b4").encode(), ["hello"], [(1, "line_too_long")]),
        "columns.csv": Made(b"session id,message\nk1,hi\nk2,too,many\n", ["hi"], [(3, "wrong_columns")]),
        "long-line.csv": Made(
            b"session id,message\nk5,hi\nk6," + b"x" * 5_000_000 + b"\nk7,there\n",
            ["hi", "there"],
            [(3, "line_too_long")],
        ),
        "open-quote.csv": Made(
            b'session id,message\nk8,hi\nk9,"oh\nk10,there\n', ["hi", "there"], [(3, "quote_not_closed")]
        ),
        "unknown-columns.csv": Made(b"foo,bar\n1,2\n", [], [(1, "no_text_column")]),
        "left-columns.csv": Made(b"session id,message,shoe size\nk3,hi,44\n", ["hi"], [(1, "columns_not_taken")]),
        "bad-time.csv": Made(b"session id,message,time\nk4,hi,noon\n", [], [(2, "bad_time")]),
        "mixed.csv": Made(f"id,message\n1,{ZH}\n".encode() + ZH.encode("gb18030"), [], [(1, "mixed_encodings")]),
        "empty.csv": Made(b"", [], [(1, "empty_table")]),
        "empty.txt": Made(b"\n", [], [(1, "empty_file")]),
        "empty.eml": Made(b"", [], [(1, "empty_file")]),
        "not-a-mail.eml": Made(b"\x00\x01\x02\x03", [], [(1, "not_a_mail")]),
        "thousand-parts.eml": Made(nested(1000), [], [(1, "too_many_parts")]),
        "locked.eml": Made(
            attached((b"application/pdf", b"l.pdf", locked), id_=b"a3"),
            ["see there"],
            [(1, "encrypted")],
            [("unread", locked)],
        ),
        "torn.eml": Made(
            attached((b"application/pdf", b"t.pdf", pdf("x")[:90]), id_=b"a4"),
            ["see there"],
            [(1, "broken_document")],
            [("unread", pdf("x")[:90])],
        ),
        "eicar.eml": Made(
            attached((b"text/plain", b"e.txt", EICAR), id_=b"a5"),
            ["see there"],
            [(1, "malware")],
            [("quarantined", EICAR)],
        ),
        "eicar.zip": Made(zipped({"e.txt": EICAR}), [], [(1, "malware")]),
        "program.eml": Made(
            attached((b"text/plain", b"e.txt", b"\x7fELF" + bytes(99)), id_=b"a6"),
            ["see there"],
            [(1, "malware")],
            [("quarantined", b"\x7fELF" + bytes(99))],
        ),
        "torn-rich.msg": Made(
            outlook.compound(outlook.message("Torn rich", "", outlook.binary(0x1009, outlook.packed(RICH)[:-9]))),
            [],
            [(1, "broken_document")],
            [("unread", outlook.packed(RICH)[:-9])],
        ),
        "torn.msg": Made(outlook.compound(outlook.message("Torn", "x"))[:1500], [], [(1, "broken_document")]),
        "huge-stream.msg": Made(
            outlook.lying(
                outlook.compound(outlook.message("Huge", "x")), "__substg1.0_1000001F", outlook.SIZE, 0x40000000
            ),
            [],
            [(1, "broken_document")],
        ),
        "huge-small-streams.msg": Made(
            outlook.lying(outlook.compound(outlook.message("Huge", "x")), "Root Entry", outlook.SIZE, 0x40000000),
            [],
            [(1, "broken_document")],
        ),
        "wide-sectors.msg": Made(
            outlook.with_sectors_of(outlook.compound(outlook.message("Wide", "x")), 30), [], [(1, "broken_document")]
        ),
        "huge-small-table.msg": Made(
            outlook.with_small_table_of(outlook.compound(outlook.message("Huge", "x")), 0x01000000),
            [],
            [(1, "broken_document")],
        ),
        "ring.msg": Made(
            outlook.lying(
                outlook.compound(outlook.message("Ring", "x")), "__recip_version1.0_#00000000", outlook.CHILD
            ),
            ["x"],
        ),
        "eicar.msg": Made(
            outlook.compound(
                outlook.message("Eicar", "see", attachments=[outlook.attachment("e.txt", EICAR, "text/plain")])
            ),
            ["see"],
            [(1, "malware")],
            [("quarantined", EICAR)],
        ),
        "matryoshka.msg": Made(outlook.compound(_msg_in_msg(6)), [], [(1, "too_many_parts")]),
        "torn.xlsx": Made(workbook([["message"], ["hi"]])[:400], [], [(1, "broken_document")]),
        "old.xlsx": Made(b"\xd0\xcf\x11\xe0" + b"\0" * 600, [], [(1, "encrypted")]),
        "torn.zip": Made(zipped({"a.txt": b"hello" * 100})[:60], [], [(1, "broken_archive")]),
        "locked.zip": Made(encrypted_zip(), [], [(1, "encrypted")]),
        "slip.zip": Made(zipped({"../out.txt": b"hi", "in.txt": "客户：喂\n".encode()}), ["喂"], [(1, "unsafe_name")]),
        "slip.tar": Made(
            tarred({"/etc/x.txt": b"hi", "a\u202etxt.txt": b"hi"}, "w"), [], [(1, "unsafe_name"), (1, "unsafe_name")]
        ),
        "link.tgz": Made(tarred({"l.txt": None}), [], [(1, "leads_out_of_the_folder")]),
        "bomb.zip": Made(bomb, [], [(1, "file_too_large")]),
        "big.tgz": Made(tarred({f"{n}.doc": b"\0" * 90_000_000 for n in range(2)}), [], [(1, "unpacks_too_large")]),
        "matryoshka.zip": Made(
            zipped({"b.zip": zipped({"c.zip": zipped({"d.zip": zipped({"e.txt": b"hi"})})})}), [], [(1, "too_deep")]
        ),
        "sheet-in-zip.zip": Made(zipped({"tool.exe": b"MZ"}), [], [(1, "format_not_taken_yet")]),
    }
