# ruff: noqa: E501 - tables of words and patterns read best a row a line
"""Chinese names: by what announces them, by the question they answer, and by the name model where a gate opens."""

import re
from collections.abc import Iterator

from hushkeep.detect.context import Context
from hushkeep.detect.finding import Finding
from hushkeep.detect.gazetteer import compound_zh, family_zh

_H = "[\u4e00-\u9fff]"
_WORDS = frozenset(
    "和有那从都能干别查要向连通边满后红权步国文广关相米养经解应家水双成包党暴明全"
)  # family names that are everyday words: left to the model
_FAMILY = (
    "(?:"
    + "|".join(sorted(compound_zh()))
    + "|["
    + "".join(sorted(n for n in family_zh() if len(n) == 1 and n not in _WORDS))
    + "])"
)
_END = "(?![\u4e00-\u9fff])|(?=的|是|，|先生|女士|小姐|老师|同学|经理|手机|电话|联系|身份|证件|住|在|我|你|您|这|那|号|吧|啊|呢|哦|哈|嘛|呀|啦|了|和|与|跟|打|来|要|想|今|邮|卡|地址|收|转|已|将|因|于|对|说|本人|女|男|出生|订|购|申|预|需|请|为|把|就|也|还|有|没|不|车|银行|微信|护照|签|开|投|反|咨|办|寄|快|报)"
_STRICT = re.compile(
    "(?:姓名|名字|户名|全名|真名|联系人|收件人|收货人|寄件人|持卡人|开户人|户主|登记人|申请人|投保人|被保险人|车主|乘客|乘机人|旅客|患者|病人|客户|机主|负责人|法人|法定代表人|代理人|经办人|入住人|预订人|订票人|会员|学员|学生|家长|签收人|报案人|受益人|抬头)(?:名字|姓名|名)?"
    f'(?:应该)?(?:叫做?|就?是|为|:|：|-|,|，|写的?是?|填的?是?|登记的?是?)?\\s{{0,2}}[「“"【(（]?({_FAMILY}{_H}{{1,2}}?)(?:{_END})'
)
_CALLED = re.compile(
    f'(?:我叫|叫做|名叫|叫|本人|我是|这里是|这边是|我姓名是|我名字是|我的名字是|敝姓名?|改成|写)\\s?[「“"]?({_FAMILY}{_H}{{1,2}}?)(?:{_END})'
)
_TITLED = re.compile(
    f"(?<![\u4e00-\u9fff])({_FAMILY}{_H}{{1,2}}?)(?=先生|女士|小姐|老师|同学|经理|医生|师傅|律师)|(?:联系|找|给|帮|是|叫|跟|和|请|让|由|向|与)({_FAMILY}{_H}{{1,2}})(?=先生|女士|小姐)"
)
_ASKS = re.compile("贵姓|姓名|名字|怎么称呼|如何称呼|称呼您|哪位|叫什么|持卡人是|户名|收件人|联系人|收货人")
_BARE = re.compile(
    f"^(?:嗯+|呃|啊|哦|好的?|是的?|对|您好|你好|我|那个)?[,，。 ]*(?:我?叫|我?是|姓名|名字|就是|我?叫做)?[,，: ]*({_FAMILY}{_H}{{1,2}}?)(?:先生|女士)?(?:[,，。!！ ]|吧|啊|呢|$)"
)
_BARE_LIST = re.compile(
    f"(?<![\u4e00-\u9fffA-Za-z])({_FAMILY}{_H}{{1,2}})(?=[,， 、:：;/|\t]{{0,3}}(?:\\+?[0-9]{{7,}}|电话|手机|身份证))|(?<=[0-9a-z][,， 、])({_FAMILY}{_H}{{1,2}})(?=$|[,， 、\n])"
)
_LATIN = re.compile(
    r"(?:我叫|姓名|名字|持卡人|英文名|拼音|我是)(?:是|叫|:|：|为)?\s?([A-Z][a-zA-Z]{1,15}(?:\s[A-Z][a-zA-Z]{1,15}){1,2})"
)
STOP = frozenset(
    [
        "家属",
        "家长",
        "车型",
        "车服",
        "金鼎",
        "谢谢",
        "多谢",
        "感谢",
        "方便",
        "方法",
        "方面",
        "方式",
        "时间",
        "时候",
        "高兴",
        "高级",
        "高峰",
        "高铁",
        "马上",
        "安全",
        "安排",
        "安装",
        "安心",
        "常见",
        "常用",
        "常规",
        "平时",
        "平台",
        "平安",
        "平均",
        "通过",
        "通知",
        "通话",
        "白天",
        "明天",
        "明白",
        "明年",
        "强烈",
        "支持",
        "支付",
        "于是",
        "由于",
        "易购",
        "和您",
        "和我",
        "成功",
        "成为",
        "水果",
        "水电",
        "江苏",
        "江西",
        "云南",
        "贵州",
        "贵阳",
        "海南",
        "海口",
        "河北",
        "温州",
        "金额",
        "金融",
        "金卡",
        "单位",
        "单号",
        "单子",
        "双方",
        "全部",
        "全额",
        "全名",
        "全国",
        "充值",
        "暂时",
        "阳光",
        "花园",
        "花呗",
        "车辆",
        "车牌",
        "车主",
        "车险",
        "关于",
        "关系",
        "关闭",
        "查询",
        "查看",
        "查一",
        "查下",
        "应该",
        "应用",
        "胡同",
        "商家",
        "商品",
        "商城",
        "牛奶",
        "羊肉",
        "鱼香",
        "张开",
        "万元",
        "万一",
        "万达",
        "古代",
        "古城",
        "经理",
        "经常",
        "经过",
        "宝贝",
        "宝马",
        "家里",
        "家人",
        "家庭",
        "包裹",
        "包邮",
        "包括",
        "连接",
        "连续",
        "连锁",
        "管理",
        "管家",
        "后面",
        "后来",
        "后台",
        "有点",
        "有效",
        "有人",
        "有事",
        "有限",
        "任何",
        "任务",
        "能够",
        "能不",
        "能否",
        "能帮",
        "那个",
        "那边",
        "那么",
        "那您",
        "那我",
        "那就",
        "都是",
        "都有",
        "都要",
        "都没",
        "步行",
        "相关",
        "相同",
        "权益",
        "权限",
        "游戏",
        "游客",
        "别人",
        "别的",
        "别墅",
        "温馨",
        "向您",
        "向我",
        "红包",
        "红色",
        "国内",
        "国家",
        "国际",
        "文件",
        "文化",
        "文字",
        "利息",
        "利率",
        "简单",
        "越来",
        "邮箱",
        "邮件",
        "邮寄",
        "邮政",
        "项目",
        "程序",
        "终端",
        "冷静",
        "席位",
        "祝您",
        "祝你",
        "祝福",
        "计划",
        "计算",
        "何时",
        "何况",
        "吉林",
        "解决",
        "解释",
        "解除",
        "解绑",
        "付款",
        "付费",
        "服务",
        "党员",
        "客服",
        "客户",
        "本人",
        "用户",
        "孩子",
        "老板",
        "师傅",
        "先生",
        "女士",
        "小姐",
        "快递",
        "快递员",
        "工作",
        "工号",
        "人工",
        "普通",
        "会员",
        "黄金",
        "黄色",
        "黑色",
        "白色",
        "钱包",
        "钱款",
        "石家",
        "石家庄",
        "武汉",
        "成都",
        "西安",
        "安徽",
        "广西",
        "宁波",
        "宁夏",
        "燕郊",
        "卫生",
        "卫生间",
        "郑州",
        "鲁菜",
        "苏州",
        "杭州",
        "徐州",
        "常州",
        "于您",
        "周一",
        "周二",
        "周三",
        "周四",
        "周五",
        "周六",
        "周日",
        "周末",
        "周围",
        "周边",
        "周年",
        "年底",
        "年前",
        "年费",
        "党政",
        "上海",
        "余额",
        "段时间",
        "毛病",
        "米饭",
        "元旦",
        "路上",
        "路由",
        "路由器",
        "童装",
        "颜色",
        "梅花",
        "夏天",
        "夏季",
        "秋季",
        "冬季",
        "高速",
        "田园",
        "支行",
        "干净",
        "干嘛",
        "诸多",
        "诸如",
        "封面",
        "薄荷",
        "印象",
        "怀疑",
        "幸好",
        "幸运",
        "宿舍",
        "景点",
        "景区",
        "景山",
        "龙虾",
        "叶子",
        "司机",
        "索赔",
        "索取",
        "蓝牙",
        "蓝色",
        "空调",
        "空间",
        "曾经",
        "沙发",
        "养生",
        "须知",
        "巢湖",
        "查收",
        "查到",
        "查过",
        "查清",
        "查无",
        "游玩",
        "益处",
        "公司",
        "公里",
        "公园",
        "公交",
        "公寓",
        "代理",
        "代办",
        "代码",
        "代表",
        "况且",
        "琴行",
        "海外",
        "法院",
        "法律",
        "麻烦",
        "项链",
        "季度",
        "顾客",
        "尹先生",
        "邵先生",
        "乐意",
        "乐园",
        "时尚",
        "莫名",
        "房间",
        "房子",
        "房东",
        "房号",
        "房产",
        "房贷",
        "经济",
        "干什",
        "应急",
        "宗旨",
        "丁香",
        "邓小",
    ]
)
_TAIL = "先生女士小姐"
_NEVER_GIVEN = frozenset(
    "的了是在我你您他她它们这那吗吧呢啊呀哦嘛么什怎为把被就也都还很太没不能会要想说问请给跟和与或及等从到对向已经再又只才更最让使将因但以号元块钱"
)


def is_name(text: str) -> bool:
    """Whether ``text`` may be a Chinese name: a family name of the table and one or two characters that names have."""
    if text in STOP or text[:2] in STOP or not 2 <= len(text) <= 4:
        return False
    given = text[2:] if text[:2] in compound_zh() and len(text) > 2 else text[1:]
    return (
        (text[:2] in compound_zh() or text[0] in family_zh()) and 1 <= len(given) <= 2 and not set(given) & _NEVER_GIVEN
    )


def names_zh(turn: int, context: Context) -> Iterator[Finding]:
    """The Chinese names of ``turn`` that cues give away."""
    text = context.turns[turn].text
    for pattern, rule in (
        (_STRICT, "person.zh_cue"),
        (_CALLED, "person.zh_called"),
        (_TITLED, "person.zh_titled"),
        (_BARE_LIST, "person.zh_beside"),
    ):
        for match in pattern.finditer(text):
            group = match.lastindex or 1
            if is_name(match.group(group)):
                yield Finding(turn, match.start(group), match.end(group), "person", 0.85, rule)
    for match in _LATIN.finditer(text):
        yield Finding(turn, match.start(1), match.end(1), "person", 0.8, "person.zh_latin")
    if (
        turn
        and len(text) <= 24
        and _ASKS.search(asked_of(turn, context))
        and (bare := _BARE.match(text))
        and is_name(bare.group(1))
    ):
        yield Finding(turn, bare.start(1), bare.end(1), "person", 0.85, "person.zh_answer")


def asked_of(turn: int, context: Context) -> str:
    """The other side's text just before ``turn``, or ''."""
    for back in range(turn - 1, max(-1, turn - 3), -1):
        if context.turns[back].speaker != context.turns[turn].speaker:
            return context.turns[back].text
    return ""
