"""Which column of a table holds what: by the operator's map, else guessed from the headings, Chinese or English."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hushkeep.channels.formats.shape import ColumnMap
from hushkeep.channels.lines import Reject

_HEADINGS: dict[str, str] = {
    "conversation": (
        "conversationid conversation sessionid session chatid chat dialogid dialogueid threadid callid ticketid "
        "ticketno ticket ticketnumber caseid caseno 会话id 会话编号 会话号 会话 对话id 对话编号 聊天id 通话id 通话编号 "
        "工单号 工单编号 工单id 工单 案件编号 會話id 會話編號 對話編號 工單號"
    ),
    "speaker": (
        "speaker role sender sendertype from author who participant party 角色 发送方 发送人 发送者 发言人 说话人 "
        "消息来源 消息发送方 發送方 發送人"
    ),
    "text": (
        "text message content body utterance msg messagetext comment description details transcript 消息 内容 "
        "消息内容 聊天内容 文本 正文 对话内容 描述 问题描述 消息正文 訊息 內容 訊息內容"
    ),
    "at": (
        "at time timestamp date datetime sentat createdat created sendtime messagetime 时间 发送时间 消息时间 日期 "
        "创建时间 时间戳 發送時間 時間"
    ),
    "channel": "channel source medium 渠道 来源 渠道类型 管道",
    "language": "language lang locale 语言 語言",
    "direction": "direction 方向 呼叫方向 呼入呼出",
    "agent": "agent agentid agentname operator seat 客服 坐席 座席 客服工号 坐席工号 工号 客服姓名 客服id 客服編號",
    "customer.id": "customerid userid clientid memberid uid 客户id 客户编号 用户id 会员号 客户号 客戶編號",
    "customer.name": "customername clientname name username fullname 客户姓名 姓名 客户名称 用户名 客户 昵称 客戶姓名",
    "customer.phone": "phone mobile phonenumber tel telephone 手机 手机号 电话 联系电话 手机号码",
    "customer.email": "email mail emailaddress customeremail 邮箱 电子邮箱 电子邮件 邮件 郵箱",
    "customer.id_card": "idcard idnumber nationalid 身份证 身份证号 证件号 身份證號",
}
FIELDS = frozenset(_HEADINGS)
_BY_HEADING = {word: name for name, words in _HEADINGS.items() for word in words.split()}
_JOINTS = re.compile(r"[\s_\-./()（）:：]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Our field -> column, from 0; ``left`` are columns that nobody placed; ``guessed`` without the operator's map."""

    places: dict[str, int]
    left: tuple[int, ...]
    guessed: bool


def plain_heading(text: str) -> str:
    """Return a heading as it is compared: lower case, without spaces and joints."""
    return _JOINTS.sub("", text.lower().removeprefix("\ufeff"))


def layout(headings: Sequence[str], told: ColumnMap | None) -> Layout | Reject:
    """Return how to read a table with these ``headings``; a Reject when its text cannot be told.

    Codes: no_such_column (field), no_text_column.
    """
    if told is not None and told.columns:
        return _told(headings, told)
    places: dict[str, int] = {}
    for number, heading in enumerate(headings):
        name = _BY_HEADING.get(plain_heading(heading))
        if name is not None and name not in places:
            places[name] = number
    if "text" not in places:
        return Reject(1, "no_text_column", {"columns": len(headings)})
    ignored = {_place(headings, column) for column in (told.ignore if told else ())}
    return _laid(headings, places, ignored, guessed=True)


def _told(headings: Sequence[str], told: ColumnMap) -> Layout | Reject:
    places: dict[str, int] = {}
    for name, column in told.columns.items():
        place = _place(headings, column)
        if place is None:
            return Reject(1, "no_such_column", {"field": name})
        places[name] = place
    if "text" not in places:
        return Reject(1, "no_text_column", {"columns": len(headings)})
    return _laid(headings, places, {_place(headings, column) for column in told.ignore}, guessed=False)


def _laid(headings: Sequence[str], places: dict[str, int], ignored: set[int | None], *, guessed: bool) -> Layout:
    left = [n for n, heading in enumerate(headings) if n not in places.values() and n not in ignored and heading]
    return Layout(places, tuple(left), guessed)


def _place(headings: Sequence[str], column: str | int) -> int | None:
    if isinstance(column, int):
        return column - 1 if 1 <= column <= len(headings) else None
    wanted = plain_heading(column)
    return next((n for n, heading in enumerate(headings) if plain_heading(heading) == wanted), None)
