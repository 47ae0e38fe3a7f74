# ruff: noqa: E501 - a template or table row a line
"""Made-up values of every entity, by seed: right shape and check digits, and nobody's."""

import random

ZH_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
ZH_COMPOUND = ["欧阳", "司马", "上官", "诸葛", "皇甫"]
ZH_GIVEN = [
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "霞",
    "平",
    "刚",
    "桂英",
    "建华",
    "建国",
    "志强",
    "秀兰",
    "玉梅",
    "晓燕",
    "海燕",
    "子涵",
    "梓轩",
    "浩然",
    "雨桐",
    "欣怡",
    "诗涵",
    "宇航",
    "思远",
    "文静",
    "雪梅",
    "志明",
    "国庆",
    "春花",
    "小红",
    "婷婷",
    "佳琪",
    "一诺",
    "可欣",
    "俊杰",
    "天宇",
    "若曦",
    "嘉怡",
    "晨曦",
    "博文",
    "语嫣",
    "凯旋",
    "红梅",
    "永强",
    "立新",
    "德华",
    "家豪",
    "慧敏",
    "美玲",
    "丹",
    "鹏",
    "斌",
    "鑫",
    "波",
    "莉",
    "倩",
    "颖",
    "琳",
    "帆",
    "旭",
    "宁",
    "健",
    "峰",
]
EN_GIVEN = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Susan",
    "Jessica",
    "Sarah",
    "Karen",
    "Daniel",
    "Nancy",
    "Emily",
    "Kevin",
    "Amanda",
    "Brian",
    "Melissa",
    "Priya",
    "Rajesh",
    "Aisha",
    "Omar",
    "Sofia",
    "Mateo",
    "Camila",
    "Yuki",
    "Hiroshi",
    "Olga",
    "Dmitri",
    "Ingrid",
    "Lars",
    "Niamh",
    "Siobhan",
    "Declan",
    "Tyrone",
    "Latoya",
    "Keisha",
    "Darnell",
    "Chloe",
    "Zoe",
    "Liam",
    "Noah",
    "Olivia",
    "Emma",
    "Ava",
    "Isabella",
    "Grace",
    "Hannah",
    "Oliver",
    "Fatima",
    "Ahmed",
    "Giulia",
    "Marco",
    "Helena",
    "Pierre",
    "Claire",
]
EN_FAMILY = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Gonzalez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Thompson",
    "White",
    "Harris",
    "Clark",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "Nguyen",
    "Patel",
    "O'Brien",
    "Kowalski",
    "Okafor",
    "Fernandes",
    "Schneider",
    "Dubois",
    "Rossi",
    "Haddad",
    "Kim",
    "Tanaka",
    "Petrov",
    "Lindqvist",
    "McCarthy",
    "Fitzgerald",
    "Whitfield",
    "Ashworth",
    "Pemberton",
    "Castellano",
    "Bergstrom",
    "Delgado",
    "Vasquez",
    "Sullivan",
    "Murphy",
    "Hughes",
    "Price",
    "Bennett",
]
PLACES = [
    ("北京市", "海淀区"),
    ("北京市", "丰台区"),
    ("上海市", "徐汇区"),
    ("上海市", "浦东新区"),
    ("广东省广州市", "天河区"),
    ("广东省深圳市", "南山区"),
    ("浙江省杭州市", "西湖区"),
    ("江苏省南京市", "鼓楼区"),
    ("四川省成都市", "武侯区"),
    ("湖北省武汉市", "洪山区"),
    ("陕西省西安市", "雁塔区"),
    ("山东省青岛市", "市南区"),
    ("福建省厦门市", "思明区"),
    ("湖南省长沙市", "岳麓区"),
    ("重庆市", "渝北区"),
    ("天津市", "和平区"),
    ("辽宁省沈阳市", "铁西区"),
    ("河南省郑州市", "金水区"),
]
ROADS = [
    "中山路",
    "人民路",
    "建设大道",
    "解放路",
    "学府路",
    "科技路",
    "滨江大道",
    "文化路",
    "长江路",
    "和平街",
    "新华街",
    "玉泉路",
    "天府大道",
    "南京西路",
    "迎宾路",
    "朝阳路",
    "红旗大街",
    "环城东路",
    "石桥路",
    "云山路",
]
ESTATES = [
    "阳光花园",
    "金色家园",
    "翠湖小区",
    "万科城",
    "锦绣公寓",
    "幸福里小区",
    "碧桂园",
    "绿地新村",
    "东方明珠大厦",
    "书香苑",
]
EN_STREETS = [
    "Maple",
    "Oak",
    "Cedar",
    "Washington",
    "Lincoln",
    "Park",
    "Elm",
    "Highland",
    "Sunset",
    "Church",
    "Willow",
    "Franklin",
    "Lakeview",
    "Birch",
    "Riverside",
    "Jefferson",
    "Magnolia",
    "Chestnut",
    "Prospect",
    "Dogwood",
]
EN_KINDS = [
    "Street",
    "Avenue",
    "Road",
    "Lane",
    "Drive",
    "Court",
    "Boulevard",
    "St",
    "Ave",
    "Rd",
    "Blvd",
    "Place",
    "Way",
]
EN_TOWNS = [
    ("Springfield", "IL", "62704"),
    ("Austin", "TX", "78745"),
    ("Portland", "OR", "97214"),
    ("Columbus", "OH", "43215"),
    ("Raleigh", "NC", "27609"),
    ("Tucson", "AZ", "85711"),
    ("Madison", "WI", "53703"),
    ("Boise", "ID", "83702"),
    ("Cedar Rapids", "IA", "52402"),
    ("San Jose", "CA", "95125"),
]
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
REGIONS = [
    "110105",
    "310104",
    "440106",
    "440305",
    "330106",
    "320106",
    "510107",
    "420111",
    "610113",
    "370202",
    "350203",
    "430104",
    "500112",
    "210106",
    "410105",
]
WORDS = ["sunny", "panda", "river", "tiger", "coffee", "mango", "pixel", "cloud", "lotus", "amber", "rocket", "maple"]


def digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(n))


def with_luhn(body: str) -> str:
    total = 0
    for i, c in enumerate(reversed(body)):
        d = int(c)
        if i % 2 == 0:
            d = d * 2 - 9 if d > 4 else d * 2
        total += d
    return body + str(-total % 10)


class Values:
    """One source of made-up values; ``lang`` is zh or en."""

    def __init__(self, seed: int, lang: str) -> None:
        self.rng = random.Random(seed)
        self.lang = lang

    def make(self, kind: str) -> str:
        return (getattr(self, f"{kind}_{self.lang}", None) and getattr(self, f"{kind}_{self.lang}")()) or getattr(
            self, kind
        )()

    def person_zh(self) -> str:
        family = self.rng.choice(ZH_COMPOUND) if self.rng.random() < 0.04 else self.rng.choice(ZH_FAMILY)
        return family + self.rng.choice(ZH_GIVEN)

    def person_en(self) -> str:
        return f"{self.rng.choice(EN_GIVEN)} {self.rng.choice(EN_FAMILY)}"

    def first(self) -> str:
        return self.rng.choice(EN_GIVEN)

    def phone_zh(self) -> str:
        return self.rng.choice(
            [
                "130",
                "131",
                "135",
                "136",
                "137",
                "138",
                "139",
                "150",
                "151",
                "152",
                "158",
                "159",
                "166",
                "176",
                "177",
                "180",
                "182",
                "186",
                "187",
                "188",
                "189",
                "191",
                "198",
                "199",
            ]
        ) + digits(self.rng, 8)

    def landline_zh(self) -> str:
        return (
            self.rng.choice(["010", "021", "0755", "0571", "028"])
            + "-"
            + self.rng.choice("23568")
            + digits(self.rng, 7)
        )

    def phone_en(self) -> str:
        r = self.rng
        return f"{r.choice(['212', '312', '415', '503', '617', '702', '813', '904', '614', '737'])}{r.choice('23456789')}{digits(r, 2)}{digits(r, 4)}"

    def id_card(self) -> str:
        r = self.rng
        body = f"{r.choice(REGIONS)}{r.randint(1955, 2006)}{r.randint(1, 12):02}{r.randint(1, 28):02}{digits(r, 3)}"
        return body + "10X98765432"[sum(int(c) * (2 ** (17 - i) % 11) for i, c in enumerate(body)) % 11]

    def bank_card_zh(self) -> str:
        r = self.rng
        head = r.choice(["622202", "621700", "622848", "623058", "621483", "625912"])
        return with_luhn(head + digits(r, r.choice([9, 12, 12])))

    def bank_card_en(self) -> str:
        r = self.rng
        head = r.choice(["4539", "4716", "4024", "5254", "5412", "2221", "6011", "37"])
        return with_luhn(head + digits(r, (14 if head == "37" else 15) - len(head)))

    def cvv(self) -> str:
        return digits(self.rng, 3)

    def card_expiry(self) -> str:
        return f"{self.rng.randint(1, 12):02}/{self.rng.randint(27, 34)}"

    def secret(self) -> str:
        return digits(self.rng, 6)

    def pin(self) -> str:
        return digits(self.rng, 4)

    def password(self) -> str:
        r = self.rng
        return r.choice(
            [
                f"{r.choice(WORDS).title()}{digits(r, 4)}",
                f"{r.choice(WORDS)}@{digits(r, 3)}",
                f"{r.choice(WORDS).title()}{r.choice('!#$%')}{digits(r, 2)}{r.choice(WORDS)}",
            ]
        )

    def email(self) -> str:
        r = self.rng
        host = r.choice(
            ["qq.com", "163.com", "126.com", "sina.com", "gmail.com"]
            if self.lang == "zh"
            else ["gmail.com", "yahoo.com", "outlook.com", "hotmail.com", "icloud.com"]
        )
        return f"{r.choice(WORDS)}{r.choice(['', '_', '.'])}{r.choice(WORDS)}{r.randint(1, 99)}@{host}"

    def address_zh(self) -> str:
        r = self.rng
        city, district = r.choice(PLACES)
        head = r.choice([city + district, district, city + district])
        body = r.choice(
            [
                f"{r.choice(ROADS)}{r.randint(1, 999)}号",
                f"{r.choice(ROADS)}{r.randint(1, 300)}号{r.choice(ESTATES)}{r.randint(1, 30)}栋{r.randint(1, 4)}单元{r.randint(101, 2205)}室",
                f"{r.choice(ESTATES)}{r.randint(1, 20)}号楼{r.randint(101, 1805)}",
                f"{r.choice(ROADS)}{r.randint(1, 99)}弄{r.randint(1, 60)}号{r.randint(101, 805)}室",
            ]
        )
        return head + body

    def address_en(self) -> str:
        r = self.rng
        town, state, code = r.choice(EN_TOWNS)
        street = f"{r.randint(1, 9999)} {r.choice(EN_STREETS)} {r.choice(EN_KINDS)}"
        unit = r.choice(
            [
                "",
                "",
                f", Apt {r.randint(1, 40)}{r.choice('ABCD')}",
                f", Unit {r.randint(1, 99)}",
                f" #{r.randint(1, 99)}",
            ]
        )
        return (
            street
            + unit
            + r.choice(["", f", {town}, {state} {code}", f", {town}, {state} {code}", f", {town} {state}"])
        )

    def plate(self) -> str:
        r = self.rng
        letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
        return (
            r.choice(PROVINCES)
            + r.choice(letters[:12])
            + r.choice(
                [
                    digits(r, 5),
                    r.choice(letters) + digits(r, 4),
                    digits(r, 3) + r.choice(letters) + digits(r, 1),
                    "D" + digits(r, 5),
                    digits(r, 5) + "D",
                ]
            )
        )

    def plate_en(self) -> str:
        r = self.rng
        return "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(3)) + r.choice(["-", " ", ""]) + digits(r, 4)

    def passport_zh(self) -> str:
        return (
            self.rng.choice(["E", "G", "EA", "EC"]).ljust(1) + digits(self.rng, 8)
            if self.rng.random() < 0.6
            else "E" + self.rng.choice("ABCDEF") + digits(self.rng, 7)
        )

    def passport_en(self) -> str:
        return self.rng.choice([digits(self.rng, 9), self.rng.choice("ABCDEFGH") + digits(self.rng, 8)])

    def uscc(self) -> str:
        alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        body = "91" + self.rng.choice(REGIONS) + "".join(self.rng.choice(alphabet) for _ in range(9))
        total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
        return body + alphabet[-total % 31]

    def wechat(self) -> str:
        return f"{self.rng.choice(WORDS)}{self.rng.choice(['_', '', '-'])}{self.rng.choice(WORDS)}{digits(self.rng, self.rng.randint(1, 4))}"

    def qq(self) -> str:
        return self.rng.choice("123456789") + digits(self.rng, self.rng.randint(6, 9))

    def ssn(self) -> str:
        return f"{self.rng.randint(100, 665)}{self.rng.randint(10, 99)}{self.rng.randint(1000, 9999)}"

    def dob(self) -> str:
        return f"{self.rng.randint(1950, 2004)}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"

    def iban(self) -> str:
        body = digits(self.rng, 18)
        check = 98 - int(body + "131400") % 97
        return f"DE{check:02}{body}"

    # decoys
    def order(self) -> str:
        return (
            with_luhn("4" + digits(self.rng, 14))
            if self.rng.random() < 0.3
            else "20" + digits(self.rng, self.rng.randint(10, 16))
        )

    def tracking(self) -> str:
        return self.rng.choice(["SF", "YT", "JD", "1Z", ""]) + digits(self.rng, 12)

    def ticket(self) -> str:
        return self.rng.choice(["INC", "CS-", "T", "#"]) + digits(self.rng, self.rng.randint(6, 9))

    def imei(self) -> str:
        return with_luhn("35" + digits(self.rng, 12))

    def timestamp(self) -> str:
        return str(self.rng.randint(1600000000000, 1790000000000))

    def hotline_zh(self) -> str:
        return self.rng.choice(["95588", "10086", "400-820-8820", "4008208888", "12315", "95533"])

    def hotline_en(self) -> str:
        return self.rng.choice(["1-800-555-0199", "800-555-0100", "1 888 555 0142", "(877) 555-0111"])

    def ean(self) -> str:
        body = "69" + digits(self.rng, 10)
        return body + str(-sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(body)) % 10)

    def amount(self) -> str:
        return self.rng.choice(
            [
                f"{self.rng.randint(10, 99999)}.{digits(self.rng, 2)}",
                f"{self.rng.randint(1, 99)},{digits(self.rng, 3)}.00",
            ]
        )

    def day(self) -> str:
        return f"2026-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02}"
