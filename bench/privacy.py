"""How much personal data nlp.privacy finds, and how much it takes for personal that is not.

    python bench/privacy.py [../shared/data]

Sentences are made by seed from frames a village head could have typed; names, numbers and spellings are drawn apart
from the frames, half of the names from outside the lists the detector knows. The decoys are frames full of numbers and
titles that are nobody's (budgets, roads, offices), and, where the data folder is given, every real line of a budget and
every gold need without personal data.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.privacy import MASKS, find

GIVEN_LISTED = [
    "สมชาย", "สมหญิง", "ประเสริฐ", "วิชัย", "มานพ", "สมพร", "อนุวัติ", "บุญส่ง", "สมหมาย", "ทองใบ",
    "กิตติ", "ศิริพร", "อรทัย", "ณัฐพล", "จิราพร", "วรรณา", "สุพจน์", "ปราณี", "ไพโรจน์", "อำนวย",
    "สำราญ", "นงลักษณ์", "วีระ", "พิมพ์ใจ", "เกษม", "ชลธิชา", "เฉลิม", "บุญธรรม", "สุนทร", "รัชนี",
    "ละออง", "ประยูร", "วิมล", "สายหยุด", "อุดม", "พัชรี",
]  # fmt: skip
GIVEN_OTHER = [
    "นูรีน", "ฟาตีเมาะ", "อับดุลรอแม", "ซูไฮลา", "มะยูโซะ", "นาตาชา", "ธีร์ธวัช", "พิมพ์ลดา",
    "ปัณฑ์ชนิต", "บือราเฮง", "หล้าคำ", "สีโห", "ยอดหล้า", "แสงหล้า", "คำแปง", "อินถา", "นอแล", "จะแฮ",
    "อาหมี่", "ลาหู่", "แก้วมูล", "คำหล้า", "สายทิพย์วดี", "กฤตเมธ", "อามีเนาะ", "รอมฎอน",
    "ดาวเรืองศรี", "ภัทรกร", "จอมแก้ว", "ไอรดา", "บุญเหลือง", "กันยกร", "ซารีฟะห์", "อาแม", "ฮามีดะห์",
    "แวดอเลาะ", "ทิพย์สุดา", "นลินทิพย์", "คำหมาย", "แสงดาวเรือง", "ชญานิศ", "พันแสง", "ปภาวรินทร์",
    "สุไลมาน",
]  # fmt: skip
FAMILY_LISTED = [
    "ทองดี", "ใจกว้าง", "สุขเกษม", "มีสุข", "แก้วประเสริฐ", "พูนทรัพย์", "ศรีสุข", "บุญมี",
    "จันทร์แก้ว", "วงศ์ทอง", "รักษาศรี", "แสงทอง", "สมบูรณ์", "ทองคำ", "ศรีวงศ์", "พรหมมา", "คำแก้ว",
    "อินทร์แก้ว", "สายทอง", "บุญเรือง", "สุวรรณ", "แสงจันทร์", "ศรีทอง", "บุญชู", "พุ่มพวง", "วงษ์ศรี",
    "ทองสุข", "จันทรา",
]  # fmt: skip
FAMILY_OTHER = [
    "หลีหมัน", "แสนดีงาม", "คงมั่นใจ", "ทองเกื้อ", "ดือเระ", "มะเซ็ง", "หวังเจริญกิจ", "ปะละวัน",
    "สิงห์ยะบุศย์", "จะคือ", "แซ่อุ่ย", "แซ่ลิ้ม", "นาคปลัด", "ขุนทดไพร", "เจ๊ะอาลี", "บินหะยี",
    "โพธิ์ศรีสม", "แก่นนาคำ", "ผาบสิมมา", "หอมยามเย็น", "สาและ", "ยะโกะ", "พลอาสา", "ลาภเกิด",
    "สิทธิเวช", "แซ่ตั้ง", "ทุมมา", "นิลวัฒน์ชัย", "กองแก้วดี", "ปานแย้ม", "แวนาแว", "สะแลแม", "คชเดช",
    "อ่ำบุญ", "พิลาแดง", "ศรีหาบุตร", "แซ่เฮง", "ลอยเลื่อน", "ภูผาหมอก", "นามวงศา",
]  # fmt: skip
STRONG = ["นาย", "นาง", "นางสาว", "น.ส.", "ด.ช.", "ด.ญ.", "เด็กหญิง"]
WEAK = ["ลุง", "ป้า", "ยาย", "ตา", "คุณ", "พี่", "กำนัน", "ผู้ใหญ่", "ครู"]
DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
SPOKEN = ["ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"]

FRAMES = [
    "ถนนหน้าบ้าน{name}พังมาก รถเข้าไม่ได้ ขอซ่อมด้วย",
    "ไฟทางดับสามจุด ติดต่อ{name} โทร {phone}",
    "น้ำประปาไม่ไหล โทรกลับ {phone} ได้ทั้งวันครับ",
    "ผม{name} บัตร {id} เงินเยียวยายังไม่ได้",
    "หลานพิการ ชื่อ {strong} เลขบัตร {id} ขอรถเข็น",
    "ขอซ่อมหลังคาบ้าน{name} อยู่บ้านเลขที่ {house} หมู่ 4",
    "มีคนเทขยะหน้าบ้านเลขที่ {house} ทุกคืน",
    "รถบรรทุกทะเบียน {plate} วิ่งเร็วในหมู่บ้าน เด็กเกือบโดน",
    "ส่งเอกสารมาที่ {email} นะครับ",
    "แอดไลน์ไอดี {line} มาคุยรายละเอียด",
    "ประธานกลุ่มคือ{strong} เบอร์ {phone}",
    "อยากได้เครื่องอบ สอบถาม{name} {phone} ได้เลย",
    "เพื่อนบ้านชื่อ{strong} ล้อมรั้วล้ำที่ดินของผม 2 เมตร",
    "คนแก่ยากไร้เช่น {weak} ขอซ่อมบ้านก่อนหน้าฝน",
    "โอนเงินเข้าบัญชี {bank} ธ.ก.ส. แล้วยังไม่ได้ของ",
    "ร้านเหล้าข้างบ้านเปิดเพลงดัง ดิฉัน{strong} เดือดร้อนมาก โทร.{phone}",
    "มาดูแปลงของ{strong} หมู่ 6 เป็นตัวอย่างได้ {phone}",
    "เลขประจำตัวประชาชน {id} ชื่อ{strong}",
    "กำนันให้แจ้งมา เบอร์ผม {phone} ครับ",
    "บ้าน {house} ม.3 ไฟช็อตสายขาด",
    "เห็นรถ {plate} มาทิ้งขยะตอนดึก",
    "ติดต่อ{weak}ได้ที่ {phone}",
    "เรื่องนี้{weak}รู้ดี ให้โทรถาม {phone} ก่อน",
    "ลงชื่อ {strong} ผู้แทนชาวบ้าน",
    "อยากให้{weak}ช่วยประสานเรื่องน้ำประปา",
    "{strong} แจ้งว่าสะพานขาด",
    "เจ้าของที่คือ{strong} ไม่ยอมให้วางท่อ",
    "{strong}อายุ 82 ปี อยู่ลำพัง บ้านเลขที่ {house}",
    "เบอร์ {phone} {weak}",
    "ผู้ป่วยชื่อ{strong} ต้องฟอกไตทุกอาทิตย์",
    "ข้าพเจ้า{strong} เลขที่บัตร {id} ขอร้องเรียน",
    "ติดต่อกลับ {phone} หรือ {email}",
    "บ้าน{weak}ไฟไหม้เมื่อคืน ยังไม่มีที่อยู่",
    "ขอให้{strong}มาดูฝายด้วย",
    "น้ำเข้าบ้านของ{name} หมู่ 2 ทุกปี",
    "กรรมการมี {strong} กับ {weak}",
    "ส่งข่าวที่ไลน์ {phone} ได้",
    "ผู้เสียหาย {strong} อายุ 45 ปี เลขบัตรประชาชน {id}",
    "อยู่ {house} ม.7 น้ำท่วม",
    "{weak}บอกว่าท่อแตก โทรถาม {phone}",
]
DECOYS = [
    "ก่อสร้างถนน คสล. กว้าง 5.00 เมตร ยาว 1,250 เมตร หนา 0.15 เมตร งบ 3,456,000 บาท",
    "ทางหลวงหมายเลข 3034 ตอนควบคุม 0100 กม.15+400 ถึง กม.16+500",
    "นายอำเภอกับนายก อบต. มาดูแล้วเมื่อปี 2565",
    "นายช่างโยธาไม่มี ต้องรอนายทะเบียนด้วย",
    "ยายอยู่คนเดียว ลุงป่วยติดเตียง ตาหกล้มในห้องน้ำ",
    "แจ้งสายด่วน 1669 กับ 191 แล้วไม่มีใครมา โทร 1111 ก็ไม่รับ",
    "ข้าวเปลือกตันละ 6,500 บาท ปุ๋ยกระสอบละ 900 บาท ขายได้ 12,000 บาทต่อไร่",
    "มีผู้สูงอายุ 120 คน เด็กเล็ก 45 คน ครัวเรือน 1,234 ครัวเรือน",
    "วันที่ 12/5/2566 น้ำท่วมสูง 1.20 เมตร ท่วมนาน 15 วัน",
    "รหัสงาน 65-123-4567-89 โครงการที่ 2022.3.13(1).56",
    "พี่น้องชาวบ้านเดือดร้อน ครูไม่พอ หมอไม่มี ป้าๆ ขายของไม่ได้",
    "ตลาดนัดหน้าวัดพระนอน ถนนพระราม 2 สะพานพระราม 7",
    "คุณภาพน้ำแย่ คุณสมบัติไม่ครบ คุณธรรมก็ต้องมี",
    "ขอเครื่องสูบน้ำ 12 นิ้ว จำนวน 2 ตัว กำลัง 80 แรงม้า",
    "พ่อค้าแม่ค้าตากผ้าไม่ได้ แม่น้ำตื้น ตาข่ายขาด ยายังไม่มา",
    "เลขที่สัญญา 5/2565 ลงวันที่ 3 มีนาคม 2565",
    "นางแบบผ้าไหมกับนางรำ งานบุญเดือนสาม",
    "น้องใหม่เข้าเรียน พี่เลี้ยงเด็กไม่พอ ผู้ใหญ่บ้านขอมา",
    "พิกัด 13.75398, 100.50144 ระยะ 2.459 กิโลเมตร",
    "ชื่อถนนยังไม่มี ชื่อร้านก็หาไม่เจอ ขอป้ายบอกทาง",
    "ม.3 กับ ม.6 ขอถนน 2/3 ของงบทั้งหมด",
    "ปี 2564/65 เก็บเกี่ยวได้ 300-400 กก. ต่อไร่ ราคา 8-9 บาท",
    "ครูบ้านนอกขาดแคลน หมอแผนไทยก็เลิกไป ลุงๆ ป้าๆ เดินไม่ไหว",
    "ท่อ 6 นิ้ว ยาว 800 ม. ขอ 3 จุด หมู่ 1, 2 และ 11",
]


@dataclass
class Sentence:
    """A sentence and where its personal data stand."""

    text: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)


class Maker:
    """Makes sentences; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def given(self) -> str:
        return self.random.choice(self.random.choice([GIVEN_LISTED, GIVEN_OTHER]))

    def family(self) -> str:
        return self.random.choice(self.random.choice([FAMILY_LISTED, FAMILY_OTHER]))

    def value(self, slot: str) -> tuple[str, str]:
        """Return a value for a slot and its kind."""
        pick = self.random.choice
        if slot == "name":
            slot = pick(["strong", "strong", "weak"])
        if slot == "strong":
            return f"{pick(STRONG)}{pick(['', '', ' '])}{self.given()} {self.family()}", "name"
        if slot == "weak":
            if pick([True, False]):
                return f"{pick(WEAK)}{self.given()} {self.family()}", "name"
            return f"{pick(WEAK)}{pick(GIVEN_LISTED)}", "name"
        digits = "".join(str(self.random.randrange(10)) for _ in range(13))
        if slot == "phone":
            return self.thai(self.phone(digits)), "phone"
        if slot == "id":
            form = pick(["{}{}{}{}{}", "{}-{}-{}-{}-{}", "{} {} {} {} {}"])
            parts = (pick("1235"), digits[1:5], digits[5:10], digits[10:12], digits[12])
            return self.thai(form.format(*parts)), "national_id"
        if slot == "house":
            return self.thai(
                f"{self.random.randrange(1, 400)}{pick(['', f'/{self.random.randrange(1, 60)}'])}"
            ), "address"
        if slot == "plate":
            letters = pick(["กข", "บต", "ผก", "ขฉ", "1กข", "2ฒภ"])
            return f"{letters}{pick([' ', '-', ''])}{self.random.randrange(10, 9999)}", "plate"
        if slot == "email":
            user, at, host = (
                pick(["somchai", "ban.hae", "kk_2508"]),
                pick(["@", " @ "]),
                pick(["gmail.com", "mail.co.th"]),
            )
            return user + at + host, "email"
        if slot == "line":
            return pick(["@banhae", "somchai99", "kamnan_dee2", "nong.pla88"]), "account"
        assert slot == "bank"
        return f"{digits[:3]}-{digits[3]}-{digits[4:9]}-{digits[9]}", "account"

    def phone(self, digits: str) -> str:
        pick = self.random.choice
        number = pick(["06", "08", "09"]) + digits[:8]
        if pick([True, False, False, False, False]):
            number = pick(["02", "044", "056", "075"]) + digits[:8]
            number = number[:9]
        forms = {
            10: ["{0}{1}{2}", "{0}-{1}-{2}", "{0} {1} {2}", "{0}.{1}.{2}", "{0}-{1}{2}", "({0}) {1}-{2}", "{0} {1}{2}"],
            9: ["{0}{1}{2}", "{0}-{1}-{2}", "{0} {1}{2}"],
        }
        if len(number) == 10 and self.random.random() < 0.1:
            return "+66 " + " ".join((number[1:3], number[3:6], number[6:]))
        if len(number) == 10 and self.random.random() < 0.08:
            return "".join(SPOKEN[int(digit)] for digit in number)
        head = 3 if len(number) == 10 or number[1] != "2" else 2
        return pick(forms[len(number)]).format(number[:head], number[head : head + 3], number[head + 3 :])

    def thai(self, text: str) -> str:
        return text.translate(DIGITS) if self.random.random() < 0.25 else text

    def sentence(self) -> Sentence:
        made = Sentence("")
        rest = self.random.choice(FRAMES)
        while "{" in rest:
            before, _, rest = rest.partition("{")
            slot, _, rest = rest.partition("}")
            made.text += before
            value, kind = self.value(slot)
            made.spans.append((len(made.text), len(made.text) + len(value), kind))
            made.text += value
        made.text += rest
        if self.random.random() < 0.3:
            made.text += " " + self.random.choice(DECOYS)
        return made


def corpus(n: int, seed: int = 0) -> list[Sentence]:
    """Make `n` sentences, three with personal data to one without."""
    maker = Maker(seed)
    return [Sentence(maker.random.choice(DECOYS)) if i % 4 == 3 else maker.sentence() for i in range(n)]


def real(folder: Path) -> Iterator[Sentence]:
    """Yield real lines that hold nothing personal: budgets, and gold needs that are not flagged."""
    with (folder / "plan_fy2565" / "items.csv").open(encoding="utf-8-sig", newline="") as stream:
        yield from (Sentence(row["item"]) for row in csv.DictReader(stream))
    for path in sorted((folder / "gold").glob("*.needs.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from (Sentence(row["text"]) for row in csv.DictReader(stream) if "pii" not in row["flags"])


@dataclass
class Score:
    """Findings right, missed and wrong, by kind."""

    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.missed.total())

    @property
    def precision(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.wrong.total())


def score(sentences: list[Sentence]) -> Score:
    """Score findings: one is right when it covers every letter and digit of a true span, whatever its kind."""
    result = Score()
    for sentence in sentences:
        found = [span for span in find(sentence.text) if span.kind in MASKS]
        hidden = {place for span in found for place in range(span.start, span.end)}
        for start, end, kind in sentence.spans:
            if all(place in hidden for place in range(start, end) if sentence.text[place].isalnum()):
                result.right[kind] += 1
            else:
                result.missed[kind] += 1
                result.examples.append(f"missed {kind}: {sentence.text[start:end]!r} in {sentence.text}")
        for span in found:
            if not any(start < span.end and span.start < end for start, end, _ in sentence.spans):
                result.wrong[span.kind] += 1
                result.examples.append(f"wrong {span.kind}: {span.text!r} in {sentence.text}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--examples", type=int, default=0)
    options = parser.parse_args()
    made = score(corpus(2000, seed=1))
    print(f"made sentences  recall {made.recall:.4f}  precision {made.precision:.4f}")
    for kind in MASKS:
        truth = made.right[kind] + made.missed[kind]
        print(f"  {kind:12} {made.right[kind]} of {truth} found, {made.wrong[kind]} wrong")
    print(*made.examples[: options.examples], sep="\n")
    if options.data:
        lines = list(real(options.data))
        decoys = score(lines)
        print(f"real lines without personal data: {decoys.wrong.total()} wrong findings in {len(lines)}")
        print(*decoys.examples[: options.examples], sep="\n")


if __name__ == "__main__":
    main()
