"""How often a need is taken for an emergency or a grievance, and how many of those that are one are found.

    python bench/alarms.py [../shared/data]

The gold needs say which of them are complaints (one person's grievance, some of them emergencies). Made-up emergencies,
and the same dangers told as a habit, a fear or a plan, show what the rules see beyond them.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.alarms import find

EMERGENCIES = [
    "ไฟไหม้บ้านยายแดงตอนนี้ ลามไปสองหลังแล้ว",
    "ตอนนี้ไฟกำลังลามเข้าหมู่บ้าน ขอรถดับเพลิง",
    "แก๊สรั่วในตลาด ช่วยด้วย",
    "น้ำป่าทะลักเข้าหมู่บ้านเมื่อคืน ตอนนี้คนแก่ยังติดอยู่บนหลังคา",
    "ดินสไลด์ทับบ้านเมื่อเช้า ยังมีคนติดอยู่ใน",
    "ตอนนี้น้ำท่วมถึงอกแล้ว ออกไม่ได้ รีบมา",
    "มีคนจมน้ำที่ท่าเมื่อกี้ ช่วยด่วน",
    "รถชนกันตรงสามแยกเมื่อสักครู่ คนเจ็บหมดสติ",
    "พ่อผมหายใจไม่ออก ช่วยด้วย",
    "เด็กโดนไฟช็อต รีบมาหน่อย",
    "โดนผัวทุบตีเมื่อคืน เขาบอกจะกลับมาอีก กลัวมาก",
    "มีคนถือมีดไล่คนหน้าโรงเรียนตอนนี้",
    "เขาขู่ฆ่าผมเมื่อวาน ไม่กล้าออกจากบ้าน",
    "คนเมายาอาละวาดอยู่หน้าวัดตอนนี้ ช่วยส่งคนมา",
    "ไม่อยากอยู่แล้ว หนี้ท่วมหัว",
    "ผมคิดสั้นมาหลายหน ไม่รู้จะพูดกับใคร",
    "เด็กข้างบ้านถูกล่วงละเมิด ใครช่วยได้บ้าง",
    "เมื่อคืนเขาเทน้ำเคมีลงคลอง คนแสบตา ช่วยมาด่วน",
]
ORDINARY = [
    "หน้าแล้งไฟไหม้ป่าทุกปี อยากได้ถังสะพายหลัง",
    "บ้านไม้ติดกัน กลัวไฟไหม้ ขอหัวดับเพลิง",
    "น้ำท่วมทุกปี ปีนี้สองรอบ ขอคันกั้นน้ำ",
    "ตอนนี้ยังไม่มีคันกั้นน้ำ ฝนมาทีน้ำท่วมทุกครั้ง",
    "ทางโค้งนี้รถชนกันบ่อย ขอไฟส่องทาง",
    "เคยมีเด็กจมน้ำ ขอรั้วรอบสระ",
    "ขออบรมช่วยคนจมน้ำกับหัวใจวายให้ อสม.",
    "โครงการป้องกันการฆ่าตัวตายในผู้สูงอายุ",
    "อัตราการฆ่าตัวตายสูง อยากให้มีนักจิตวิทยา",
    "ยาบ้าระบาด เด็กติดกันมาก อยากได้ที่บำบัด",
    "ช้างป่าทำร้ายคนปีก่อน อยากได้แนวรั้ว",
    "ดินสไลด์ปิดทางบ่อย เวลาฝนหนักรถพยาบาลไม่มา",
    "ไฟตกปั๊มไหม้ปีละตัว",
    "เดี๋ยวนี้คนขายที่กันหมดแล้ว",
    "ขอรถดับเพลิงประจำตำบล ถ้าไฟไหม้ตอนนี้ต้องรอจากอำเภอ",
    "ขอที่พักพิงชั่วคราวให้ผู้หญิงที่ถูกทำร้าย",
]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    found = Counter(bool(find(text)) for text in EMERGENCIES)
    wrong = [text for text in ORDINARY if find(text)]
    print(f"made-up emergencies found: {found[True]} of {len(EMERGENCIES)}")
    print(f"ordinary needs about the same dangers flagged: {len(wrong)} of {len(ORDINARY)}")
    for text in [*wrong, *(text for text in EMERGENCIES if not find(text))]:
        print("   ", text, find(text))
    rows = [
        row
        for path in sorted((folder / "gold").glob("*.needs.csv"))
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    ]
    flagged = [row for row in rows if find(row["text"])]
    complaints = [row for row in rows if "complaint" in row["flags"]]
    right = [row for row in flagged if "complaint" in row["flags"]]
    print(f"gold needs: {len(rows)}, of them complaints {len(complaints)}")
    wrong_count, missed = len(flagged) - len(right), len(complaints) - len(right)
    print(f"flagged {len(flagged)}: right {len(right)}, wrong {wrong_count}, missed {missed}")
    for row in rows:
        if (row in flagged) != ("complaint" in row["flags"]):
            kind = "wrong " if row in flagged else "missed"
            print("   ", kind, row["need_id"], find(row["text"]), row["text"][:110])
    scale = folder / "complaints" / "bangkok_human_tags.csv"
    if scale.exists():
        city = list(csv.DictReader(scale.read_text(encoding="utf-8-sig").splitlines()))
        kinds = Counter(alarm.kind for row in city for alarm in find(row.get("text") or ""))
        print(f"city complaints by human tags: {len(city)} texts, flagged as {dict(kinds)}")


if __name__ == "__main__":
    main()
