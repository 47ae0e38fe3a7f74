# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Chinese names: by what announces them, by the question they answer, and by the name model where a gate opens."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import compound_zh, family_zh, words
from hushkeep.detect.watched import Watched

_H = "[\u4e00-\u9fff]"
_WORDS = frozenset(
    "和有那从都能干别查要向连通边满后红权步国文广关相米养经解应家水双成包党暴明全"
)  # family names that are everyday words: left to the model
FAMILY = (
    "(?:"
    + "|".join(sorted(compound_zh()))
    + "|["
    + "".join(sorted(n for n in family_zh() if len(n) == 1 and n not in _WORDS))
    + "])"
)
_END = "(?![\u4e00-\u9fff])|(?=的|是|，|先生|女士|小姐|老师|同学|经理|手机|电话|联系|身份|证件|住|在|我|你|您|这|那|号|吧|啊|呢|哦|哈|嘛|呀|啦|了|和|与|跟|打|来|要|想|今|邮|卡|地址|收|转|已|将|因|于|对|说|本人|女|男|出生|订|购|申|预|需|请|为|把|就|也|还|有|没|不|车|银行|微信|护照|签|开|投|反|咨|办|寄|快|报)"
_STRICT = Watched.of(
    "(?:[收发付汇转开借寄接签领投受驾承担保租预就使紧急][一-鿿]{0,3}人|姓名|名字|户名|全名|真名|联系人|收件人|收货人|寄件人|持卡人|开户人|户主|登记人|申请人|投保人|被保险人|车主|乘客|乘机人|旅客|患者|病人|客户|机主|负责人|法人|法定代表人|变更为|中文名|曾用名|艺名|爸爸叫|妈妈叫|代理人|经办人|入住人|预订人|订票人|会员|学员|学生|家长|签收人|报案人|受益人|抬头)(?:名字|姓名|名)?"
    f'(?:应该)?(?:叫做?|就?是|为|:|：|-|,|，|写的?是?|填的?是?|登记的?是?)?\\s{{0,2}}[「“"【(（]?({FAMILY}{_H}{{1,2}}?)(?:{_END})'
)
_CALLED = Watched.of(
    f'(?:我叫|叫做|名叫|叫|本人|我是|这里是|这边是|我姓名是|我名字是|我的名字是|敝姓名?|改成|写)\\s?[「“"]?({FAMILY}{_H}{{1,2}}?)(?:{_END})'
)
_TITLED = Watched.of(
    f"(?<![\u4e00-\u9fff])({FAMILY}{_H}{{1,2}}?)(?=先生|女士|小姐|老师|同学|经理|医生|师傅|律师)|(?:联系|找|给|帮|是|叫|跟|和|请|让|由|向|与)({FAMILY}{_H}{{1,2}})(?=先生|女士|小姐)"
)
ASKS = re.compile(
    "贵姓|姓名|名字|怎么称呼|如何称呼|称呼您|哪位|叫什么|叫啥|持卡人是|户名|收件人|联系人|收货人|全名|真名|英文名|拼音|怎么拼|怎么写|姓氏|是谁|机主|车主|户主"
    "|(?:入住|乘机|乘车|受益|投保|被保险|报案|签收|取件|取车|提货|申请|经办|代理|持卡|开户|收款|付款|介绍|驾驶|寄件|负责|法|代表|病|就诊|预订|预约|订票|登记|签约|承租)人|乘客|旅客|患者"
)
_LABEL = re.compile(
    "地址|电话|号码|日期|证件|身份|邮箱|手机|时间|订单|单号|金额|卡号|资料|信息|住址|微信|密码|备注|说明|详细|哪里|哪个|什么|多少|几号|稍等|可以|不用|没有|知道|客服|方便|您好|谢谢|快递|公司|本人|业主|家长|自己|朋友|爱人|老公|老婆|儿子|女儿|父亲|母亲|单位|匿名|保密|联系|方式|车|一辆|一下|不是|没|几个"
)  # what an answer of nothing but a name does not hold
_BARE = re.compile(
    f"^(?:(?:嗯+|呃|啊|哦|好的?|是的?|对|您好|你好|我看下|我|那个)[,，。 ]*){{0,2}}(?:我?叫|我?是|姓名|名字|就是|我?叫做)?[,，: ]*({FAMILY}{_H}{{1,2}}?)(?:先生|女士)?(?:[,，。!！ 、和跟与]|吧|啊|呢|$)"
)
_BARE_LIST = Watched.of(
    f"(?<![\u4e00-\u9fffA-Za-z])({FAMILY}{_H}{{1,2}})(?=[,， 、:：;/|\t]{{0,3}}(?:\\+?[0-9](?:[ \\-]?[0-9]){{6}}|电话|手机|身份证))|(?<=[0-9a-z][,， 、])({FAMILY}{_H}{{1,2}})(?=$|[,， 、\n])"
)
_LATIN = Watched.of(
    r"(?:我叫|姓名|名字|持卡人|英文名|拼音|我是|太太|老婆|老公|先生|朋友|同事|收件人|联系人|乘机人|客人|旅客)(?:是|叫|:|：|为)?\s?"
    r"([A-Z][a-zA-Z]{1,15}(?:[\s/][A-Z][a-zA-Z]{1,15}){1,3})"
)
_RELATED = Watched.of(
    f"(?:儿子|女儿|闺女|孩子|老公|老婆|爱人|丈夫|妻子|太太|媳妇|妈妈?|爸爸?|母亲|父亲|爷爷|奶奶|外公|外婆|哥哥?|姐姐?|弟弟?|妹妹?|朋友|同事|室友|家属|侄子|外甥|孙子|孙女|司机|业主|房东|租客|老板|店长|采购|会计|顾问|教练|护士|保姆|邻居|助理|秘书)(?:他|她)?(?:的?名字)?(?:叫做?|是)?({FAMILY}{_H}{{1,2}}?)(?:{_END})"
)
_FREE = Watched.of(  # a name of no table behind a firm word for one: 户名达瓦次仁
    f"(?:[收寄付持开投受乘取签申][一-鿿]{{1,2}}人|户名|姓名|名字(?:叫|是)?|(?<![帮给替为])我叫|患者|乘客|联系人|法人|车主|机主|户主)(?:是|叫|为|:|：)?\\s?({_H}{{3,6}}(?:[·•・]{_H}{{2,9}})?)(?=[,，。;；、!！\\n 0-9]|$)"
)
_STOP_SOUNDS = re.compile(
    "阿里|巴黎|拉萨|哈尔|乌鲁|呼伦|西班|马来|加拿|意大|沙特|哥伦|古巴|肯德|麦当|索尼|雅马|沃尔|特斯|奥迪|宜家|迪卡|莱雅|托福|雅思|卡号|卡里|哈密|吉林|海南|福特|马上"
)
_AND = re.compile(f"[和与跟及、]\\s?({FAMILY}{_H}{{1,2}}?)(?:{_END})")
_LETTERS = re.compile(r"^\W*((?:[A-Za-z][\s\-.,、，]{1,3}|空格\s?){3,30}[A-Za-z])\W*$")  # Z-H-A-O 空格 M-I-N-G
_ASKS_LETTERS = re.compile("拼|英文名|字母|护照上")
SOUNDS = "阿艾爱安奥巴白拜贝本比毕宾波博布曹查达戴丹当道德登迪丁杜多顿恩尔法凡菲费芬弗福夫富盖甘戈哥格古哈海汉赫霍基吉加贾杰金卡凯坎柯科克库肯拉莱兰朗劳勒雷里丽莉利莲林琳伦罗洛鲁吕马玛麦曼梅米蜜密莫默木姆穆纳娜奈南妮尼努诺帕潘佩皮普奇齐恰乔琴热日萨塞赛桑森莎沙山珊尚舍什史斯苏素索塔泰坦汤特提蒂汀图托瓦万威维韦文沃乌伍武西希夏肖谢辛休许雅亚扬耶叶伊依易因音英尤于约扎詹珍芝兹祖佐兵买古孜提江力娅瑟"
_SOUNDED = Watched.of(
    f"(?:我是|叫做?|本人|名字是|姓名是|给|查一?下|儿子|女儿|孩子|先生|太太|老公|老婆|同事)([{SOUNDS}]{{3,6}}?)(?=[,，。;；、!！ 吧的寄转打要和]|$)"
)
_DOTTED = Watched.of(f"(?<![{SOUNDS}])[{SOUNDS}]{{2,6}}[·•・][{SOUNDS}]{{2,8}}(?:[·•・][{SOUNDS}]{{2,8}})?(?![·•・])")
_WHOLE = re.compile(  # an answer of nothing but a name of no table: 边巴次仁, ZHOU/MINGHUI
    "^(?:(?:嗯+|呃|啊|哦|好的?|是的?|我?叫|是|那个|就是|应该是|我看下)[,，。 ]*){0,2}([\u4e00-\u9fff]{2,7}[·•・][\u4e00-\u9fff]{2,9}|[\u4e00-\u9fff]{3,5}?|[A-Z][A-Za-z'’\\-]{1,15}(?:[/ ][A-Z][A-Za-z'’\\-]{0,20}){1,3})(?=[吧啊呀哈。.!！ ]*$|[,， ](?:护照|身份证|电话|手机|谢谢|对))"
)
_NO_ANSWER = frozenset(
    [
        "稍等下",
        "等一等",
        "随便写",
        "忘记啦",
        "先生女士",
        "本公司",
        "单位名",
        "公司名",
        "客户经理",
        "同上面",
        "上面写",
        "身份证",
        "收件人",
        "联系人",
        "自家人",
        "保密吧",
        "无所谓",
        "老样子",
        "换别人",
        "谢谢啦",
        "辛苦啦",
        "没关系",
        "手机号",
        "打错啦",
    ]
)
PATTERNS = (
    _STRICT,
    _CALLED,
    _TITLED,
    _RELATED,
    _DOTTED,
    _BARE_LIST,
    _LATIN,
    _FREE,
    _SOUNDED,
)  # without one of them only an answer can be a name
STOP = words("words_zh.txt", "stop")
_TAIL = "先生女士小姐"
NEVER_GIVEN = frozenset(
    "的了是在我你您他她它们这那吗吧呢啊呀哦嘛么什怎为把被就也都还很太没不能会要想说问请给跟和与或及等从到对向已经再又只才更最让使将因但以号元块钱"
)


_ANNOUNCED = frozenset({"person.zh_cue", "person.zh_related"})
_SELDOM_GIVEN = frozenset("以能会要想说问与和及从向更将因元")  # rare in names, so only where a cue announces one


def is_name(text: str, *, cued: bool = False) -> bool:
    """Whether ``text`` may be a Chinese name: a family name of the table and one or two characters that names have."""
    if text in STOP or (text[:2] in STOP and not (cued and len(text) == 3)) or not 2 <= len(text) <= 4:
        return False
    given = text[2:] if text[:2] in compound_zh() and len(text) > 2 else text[1:]
    return (
        (text[:2] in compound_zh() or text[0] in family_zh())
        and 1 <= len(given) <= 2
        and not set(given) & (NEVER_GIVEN - _SELDOM_GIVEN if cued else NEVER_GIVEN)
    )


_NUMERALS = frozenset("零〇一二三四五六七八九十百幺两洞")


def _unlisted(name: str) -> bool:
    """Whether ``name``, of no table, may be one where only a name can stand."""
    return not (
        set(name) <= _NUMERALS or name in STOP or name in _NO_ANSWER or set(name) & NEVER_GIVEN or _LABEL.search(name)
    )


def names_zh(turn: int, context: Context) -> Iterator[Finding]:
    """The Chinese names of ``turn`` that cues give away, and those joined to them by an "and"."""
    text = context.turns[turn].text
    for finding in _alone(turn, context):
        yield finding
        if (other := _AND.match(text, finding.end)) and is_name(other.group(1)):
            yield Finding(turn, other.start(1), other.end(1), "person", 0.8, "person.zh_and")


def _alone(turn: int, context: Context) -> Iterator[Finding]:
    text = context.turns[turn].text
    for pattern, rule in (
        (_STRICT, "person.zh_cue"),
        (_CALLED, "person.zh_called"),
        (_TITLED, "person.zh_titled"),
        (_RELATED, "person.zh_related"),
        (_BARE_LIST, "person.zh_beside"),
    ):
        for match in context.matches(turn, pattern):
            group = match.lastindex or 1
            if is_name(match.group(group), cued=rule in _ANNOUNCED):
                yield Finding(turn, match.start(group), match.end(group), "person", 0.85, rule)
    for match in context.matches(turn, _DOTTED):
        yield Finding(turn, match.start(), match.end(), "person", 0.8, "person.zh_dotted")
    yield from _of_no_table(turn, context)
    for match in context.matches(turn, _LATIN):
        yield Finding(turn, match.start(1), match.end(1), "person", 0.8, "person.zh_latin")
    if turn:
        yield from _answered(turn, text, asked_of(turn, context))


def _of_no_table(turn: int, context: Context) -> Iterator[Finding]:
    """Names of no table: behind a firm word for one, or written in the characters that foreign names are."""
    for pattern, rule in ((_FREE, "person.zh_free"), (_SOUNDED, "person.zh_sounded")):
        for match in context.matches(turn, pattern):
            if _unlisted(match.group(1)) and not (pattern is _SOUNDED and _STOP_SOUNDS.search(match.group(1))):
                yield Finding(turn, match.start(1), match.end(1), "person", 0.75, rule)


def _answered(turn: int, text: str, asked: str) -> Iterator[Finding]:
    if (letters := _LETTERS.match(text)) and _ASKS_LETTERS.search(asked):
        yield Finding(turn, letters.start(1), letters.end(1), "person", 0.85, "person.zh_letters")
    if not ASKS.search(asked):
        return
    if (whole := _WHOLE.match(text)) and _unlisted(whole.group(1)):
        yield Finding(turn, whole.start(1), whole.end(1), "person", 0.75, "person.zh_answer")
    if len(text) <= _SHORT and (bare := _BARE.match(text)) and is_name(bare.group(1)):
        yield Finding(turn, bare.start(1), bare.end(1), "person", 0.85, "person.zh_answer")


_SHORT = 24  # code points of an answer that is hardly more than a name


def asked_of(turn: int, context: Context) -> str:
    """The other side's text just before ``turn``, or ''."""
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            return context.turns[back].text
    return ""
