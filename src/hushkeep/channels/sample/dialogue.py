"""One conversation, turn by turn: greeting, problem, verification, remedy, good-bye."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from hushkeep.channels.sample import en, identifiers, speech, zh
from hushkeep.channels.sample.people import Person
from hushkeep.channels.sample.phrases import Manner, Problem

MANNERS: dict[str, Manner] = {"zh": zh.MANNER, "en": en.MANNER}
_ZH_DATES = ("三号", "下周二", "周五", "明天", "这个月十二号", "周六上午")
_EN_DATES = ("March 3rd", "next Tuesday", "Friday", "tomorrow", "the 12th", "Saturday morning")
_DIGITS = frozenset({"phone", "id_card", "bank_card", "code"})
_SPLIT = frozenset({"phone", "id_card", "bank_card"})


@dataclass(slots=True)
class Scene:
    """What one conversation is made with, and the turns made so far."""

    rng: Random
    person: Person
    agent: str
    channel: str
    problem: Problem
    now: datetime
    slots: dict[str, str] = field(default_factory=dict)
    turns: list[dict[str, str]] = field(default_factory=list)

    @property
    def manner(self) -> Manner:
        """The words of the customer's language."""
        return MANNERS[self.person.language]

    def say(self, speaker: str, text: str, **values: str) -> None:
        """Add one turn: slots filled, in the way of the channel, some seconds after the one before."""
        line = text.format(**(self.slots | values))
        language = self.person.language
        if self.channel == "call":
            line = speech.as_heard(line, language, self.rng, hesitant=speaker == "customer")
        elif speaker == "customer":
            line = speech.typed(line, language, self.rng)
        self.now += timedelta(seconds=2 + int(self.rng.expovariate(1 / (7 if self.channel == "call" else 18))))
        self.turns.append({"speaker": speaker, "text": line, "at": stamp(self.now)})

    def pick(self, lines: tuple[str, ...]) -> str:
        """Return one of ``lines``."""
        return self.rng.choice(lines)


def stamp(at: datetime) -> str:
    """Return ``at`` as RFC 3339, whole seconds, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def new_scene(rng: Random, person: Person, agent: str, channel: str, start: datetime) -> Scene:
    """Return the scene of one conversation, its slots filled with made-up values."""
    manner = MANNERS[person.language]
    problem = rng.choice(manner.problems)
    slots = {
        "name": person.name,
        "surname": person.surname,
        "agent": agent,
        "order": identifiers.order_number(rng),
        "amount": str(rng.choice((39, 68, 99, 128, 256, 499, 860, 1299, 2680))),
        "product": rng.choice(problem.products),
        "date": rng.choice(_ZH_DATES if person.language == "zh" else _EN_DATES),
        "ticket": f"T{rng.randrange(10**7):07d}",
        "phone": person.phone,
        "email": person.email,
        "address": person.address,
        "code": identifiers.one_time_code(rng),
    }
    return Scene(rng, person, agent, channel, problem, start, slots)


def _value(scene: Scene, kind: str) -> str:
    person = scene.person
    clear = {
        "phone": person.phone,
        "id_card": person.id_card or "",
        "bank_card": person.bank_card,
        "email": person.email,
        "address": person.address,
        "name": person.name,
        "code": scene.slots["code"],
        "order": scene.slots["order"],
    }
    return clear[kind]


def _form(scene: Scene, kind: str, value: str) -> str:
    if scene.channel != "call":
        return speech.written(kind, value, scene.rng)
    if kind == "email":
        return speech.spelled_email(value, scene.person.language)
    if kind in _DIGITS and scene.rng.random() < 0.75:
        return speech.spoken("".join(speech.groups(kind, value)), scene.person.language, scene.rng)
    return value


def _ask(scene: Scene, kind: str) -> None:
    """Add the question for one identifier, its answer (whole or in parts) and the confirmation."""
    ask, rng, value = scene.manner.asks[kind], scene.rng, _value(scene, kind)
    scene.say("agent", scene.pick(ask.question))
    if kind in _SPLIT and ask.split and rng.random() < (0.4 if scene.channel == "call" else 0.12):
        parts = speech.groups(kind, value)
        for number, part in enumerate(parts):
            scene.say("customer", "{value}", value=_form(scene, "code", part) if scene.channel == "call" else part)
            if number < len(parts) - 1 and (scene.channel == "call" or rng.random() < 0.3):
                scene.say("agent", scene.pick(ask.split))
    else:
        scene.say("customer", scene.pick(ask.answer), value=_form(scene, kind, value))
    if rng.random() < 0.6:
        tail = _form(scene, "code", value[-4:]) if scene.channel == "call" else value[-4:]
        scene.say("agent", scene.pick(ask.echo), value=_form(scene, kind, value), tail=tail)


def _sometimes(scene: Scene, chance: float, exchange: tuple[tuple[str, ...], ...], first: str) -> None:
    if scene.rng.random() < chance:
        speaker = first
        for line in scene.rng.choice(exchange):
            scene.say(speaker, line)
            speaker = "agent" if speaker == "customer" else "customer"


def spoken_or_typed(scene: Scene) -> None:
    """Fill ``scene`` with a chat or a call."""
    rng, manner, problem = scene.rng, scene.manner, scene.problem
    if scene.channel == "chat":
        if rng.random() < 0.6:
            scene.say("customer", scene.pick(manner.hello))
        scene.say("agent", scene.pick(manner.greet_chat))
    else:
        scene.say("agent", scene.pick(manner.greet_call))
    scene.say("customer", scene.pick(problem.opening))
    scene.say("agent", scene.pick(manner.sorry))
    for question, answers in rng.sample(problem.probe, k=rng.randint(1, len(problem.probe))):
        scene.say("agent", question)
        scene.say("customer", scene.pick(answers))
    if rng.random() < 0.7:
        scene.say("agent", scene.pick(manner.why_verify))
    _sometimes(scene, 0.12, manner.reluctant, "customer")
    for kind in problem.asks:
        if kind in manner.asks and rng.random() < 0.75:
            _ask(scene, kind)
            _sometimes(scene, 0.05, manner.interrupt, "customer")
    if rng.random() < 0.6:
        scene.say("agent", scene.pick(manner.wait))
        scene.say("customer", scene.pick(manner.waited))
    scene.say("agent", scene.pick(problem.remedy))
    _sometimes(scene, 0.5, manner.more, "customer")
    if rng.random() < 0.1:
        scene.say("customer", scene.pick(manner.late))
        scene.say("customer", rng.choice(manner.more)[0])
        scene.say("agent", scene.pick(manner.wait))
    scene.say("customer", scene.pick(manner.thanks))
    scene.say("agent", scene.pick(manner.bye))
    if rng.random() < 0.15:
        scene.say("agent", scene.pick(manner.survey))


def letters(scene: Scene) -> None:
    """Fill ``scene`` with a mail and, mostly, its answer."""
    rng, manner = scene.rng, scene.manner
    opening = scene.pick(scene.problem.opening).format(**scene.slots)
    parts = [scene.pick(manner.mail_open).format(**(scene.slots | {"opening": opening}))]
    if rng.random() < 0.8:
        parts.append(scene.pick(manner.contact_line).format(**scene.slots))
    if scene.person.id_card and rng.random() < 0.15:
        parts.append(f"身份证号：{scene.person.id_card}")
    parts.append(scene.pick(manner.mail_close).format(**scene.slots))
    scene.turns.append({"speaker": "customer", "text": "\n\n".join(parts), "at": stamp(scene.now)})
    if rng.random() < 0.85:
        scene.now += timedelta(minutes=rng.randint(9, 600))
        remedy, sorry = scene.pick(scene.problem.remedy), scene.pick(manner.sorry)
        words = {key: text.format(**scene.slots).rstrip("。.") for key, text in (("remedy", remedy), ("sorry", sorry))}
        reply = scene.pick(manner.mail_reply).format(**(scene.slots | words))
        scene.turns.append({"speaker": "agent", "text": reply, "at": stamp(scene.now)})
