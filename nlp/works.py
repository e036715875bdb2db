"""Reading what a text is about as public work: its kind, its sector, its scope and the names it carries.

Plan titles are written in the state's formula ("ขุดลอกแก้มลิงบึงกระโตน พร้อมอาคารประกอบ ตำบล… ปริมาตรดินขุด …"):
patterns read them. Needs are village speech ("บึงตื้นจนเดินข้ามได้ อยากให้เอาเครื่องจักรมาเอาดินออก"): :class:`WorkReader`
learns to read them from a few invented sentences for each kind (``nlp/data/work_seeds.tsv``, with อีสาน, คำเมือง and
ปักษ์ใต้ among them), because word lists written with one region in mind do not carry over to the next. Both end in the
same kinds of work, so that *the same kind of work* can be told from *the same place*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.normalize import normalize

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of public work.

    Parameters
    ----------
    code
        ``group.kind``: kinds of one group are relatives (a weir and a reservoir both store water).
    label
        What a planner calls it, in Thai; evidence sentences use it.
    sector
        The plan sector whose umbrella programme would hold it, or None for what no such programme pays.
    title
        Pattern of how plan titles say it.
    """

    code: str
    label: str
    sector: str | None
    title: str

    @property
    def group(self) -> str:
        return self.code.partition(".")[0]


# The sectors of a provincial plan, in the words its umbrella programmes use.
SECTORS: dict[str, str] = {
    "agriculture": r"เกษตร|ประมง|ปศุสัตว์",
    "tourism": r"ท่องเที่ยว",
    "society": r"ด้านสังคม|คุณภาพชีวิต|ทรัพยากรมนุษย์|คนทุกช่วงวัย|ทุกช่วงวัย|ศักยภาพคน|สังคม",
    "environment": r"ทรัพยากรธรรมชาติ|สิ่งแวดล้อม",
    "trade": r"อุตสาหกรรม|การค้า|การลงทุน|เศรษฐกิจฐานราก|โลจิสติกส์",
    "security": r"ความมั่นคง|ความปลอดภัย|ความสงบ",
    "administration": r"บริหารจัดการภารกิจ|บริหารจัดการ\s*ภารกิจ|บริหารงานจังหวัด|บริหารงานกลุ่มจังหวัด",
}

KINDS: tuple[Kind, ...] = (
    # Roads and ways
    Kind(
        "road.widen",
        "ขยายถนน",
        None,
        r"ขยาย(?:ช่อง|ผิว|ไหล่|คัน|ทางหลวง|ถนน|เส้นทาง)|4\s*ช่องจราจร|เพิ่มประสิทธิภาพทางหลวง|โครงข่ายทางหลวง"
        r"|ยกระดับมาตรฐานเส้นทาง|ทางแยกต่างระดับ|ทางพิเศษ|จราจรแออัด|จัดการจราจร",
    ),
    Kind(
        "road.surface",
        "ซ่อมสร้างถนน",
        None,
        r"ถนน|ทางหลวง|ผิวทาง|ผิวจราจร|ลาดยาง|แอส[ฟพ]ัล|สายทาง|เส้นทางคมนาคม|เส้นทางลำเลียง|เส้นทางเข้าสู่",
    ),
    Kind(
        "road.safety",
        "ความปลอดภัยบนถนน",
        None,
        r"แบ่งทิศทาง|ราวกันอันตราย|อำนวยความปลอดภัย|เกาะแบ่ง|สัญญาณจราจร|ทางเดินข้าม|ป้ายจราจร"
        r"|ปรับปรุงความปลอดภัย|ทางเดินเท้า|จัดการจราจร",
    ),
    Kind(
        "road.light",
        "ไฟฟ้าแสงสว่าง",
        None,
        r"ไฟฟ้าแสงสว่าง|ไฟฟ้าส่องสว่าง|แสงสว่าง|เสาไฟ|HIGH\s*MAST|กิ่งคู่|ไฟฟ้าชนิด|เสาอัจฉริยะ",
    ),
    Kind("road.bridge", "สะพาน", None, r"สะพาน(?!ท่าเทียบ)"),
    Kind("transit.land", "รถโดยสารและราง", None, r"ขนส่งมวลชน|ขนส่งสาธารณะ|รถไฟ|ระบบขนส่ง|รถโดยสาร"),
    Kind("transit.air", "สนามบินและเที่ยวบิน", None, r"สนามบิน(?!\s*พร้อม)|ท่าอากาศยาน(?!\S*ตำบล)|การบิน"),
    Kind("pier.pier", "ท่าเรือ", None, r"ท่าเทียบเรือ|ท่าเรือ(?!บก)|มารีน่า|Smart Piers|ทุ่นอเนกประสงค์|ทุ่นลอย|โป๊ะ|แพขนานยนต์"),
    # Water
    Kind(
        "bank.bank",
        "เขื่อนป้องกันตลิ่ง",
        None,
        r"ป้องกัน(?:ริม)?ตลิ่ง|พนังกัน|เขื่อน\s*(?:คสล|คอนกรีต)|กันตลิ่ง|เขื่อนริม|ป้องกันการกัดเซาะ|พังทลาย",
    ),
    Kind("flood.town", "ระบายน้ำในชุมชน", None, r"ระบบระบายน้ำ|ทางระบายน้ำ|ท่อระบายน้ำ|การระบายน้ำ|ระบบป้องกันน้ำท่วม"),
    Kind(
        "flood.channel",
        "ขุดลอกทางน้ำ",
        None,
        r"[ขช]ุดลอก(?:คลอง|ห้วย|ลำ|ร่อง|แม่น้ำ|ระบบระบาย)|คลองระบาย|คลองผันน้ำ|ระบบระบายน้ำลำ|ระบบระบายน้ำช่วง",
    ),
    Kind(
        "flood.plan",
        "แก้น้ำท่วมน้ำแล้ง",
        "environment",
        r"น้ำท่วมน้ำแล้ง|ภัยแล้งและอุทกภัย|บรรเทาปัญหาภัยแล้ง|บริหารจัดการน้ำ|แหล่งน้ำในลุ่มน้ำ|แก้ไขปัญหาน้ำ"
        r"|น้ำท่วม|น้ำแล้ง|อุทกภัย",
    ),
    Kind(
        "store.dredge",
        "ขุดลอกแหล่งเก็บน้ำ",
        None,
        r"[ขช]ุดลอก(?:หนอง|บึง|อ่าง|แก้มลิง|สระ|กุด|แหล่ง)|แก้มลิง|เพิ่มความจุ|เพิ่มประสิทธิภาพอ่าง|ตะกอนดิน"
        r"|พัฒนา\s*แหล่งน้ำ|แหล่งน้ำรองรับ|ปริมาตรดินขุด",
    ),
    Kind("store.new", "อ่างเก็บน้ำใหม่", None, r"ก่อสร้างอ่าง|อ่างเก็บน้ำ|สระเก็บน้ำ|แก้มลิง|แหล่งน้ำ"),
    Kind("store.gate", "ฝายและอาคารบังคับน้ำ", None, r"อาคารบังคับน[้]?ำ|ระบบกักเก็บ|ฝาย|ประตูระบายน้ำ|ประตูน้ำ|อาคารระบายน้ำ"),
    Kind(
        "irrigation.canal",
        "คลองและท่อส่งน้ำ",
        None,
        r"คลองส่งน้ำ|ดาดคอนกรีต|ระบบส่งน[้]?ำ|ท่อส่งน้ำ|รางชักน้ำ|กระจายน้ำ|สูบน้ำ",
    ),
    Kind("irrigation.pump", "สถานีสูบน้ำ", None, r"สูบน้ำ"),
    Kind("irrigation.ground", "บ่อบาดาล", None, r"บาดาล|เติมน้ำใต้ดิน"),
    Kind("tap.tap", "น้ำประปา", None, r"ประปา|กปภ|ขยายเขตจำหน่ายน้ำ|เขตจำหน่ายน้ำ|POG|เส้นท่อ|น้ำดื่ม"),
    # Waste, air, forest
    Kind("waste.solid", "ขยะ", "environment", r"ขยะ|มูลฝอย"),
    Kind("waste.compost", "ทำปุ๋ยจากเศษวัชพืช", "environment", r"ปุ๋ยอินทรีย์|แปลงขยะ"),
    Kind("waste.water", "น้ำเสีย", "environment", r"น้ำเสีย|บำบัดน้ำ"),
    Kind("green.air", "ฝุ่น ควัน และไฟป่า", "environment", r"ไฟป่า|หมอกควัน|PM\s*2\.5|ฝุ่นละออง"),
    Kind("green.forest", "ป่าและต้นน้ำ", "environment", r"ป่าไม้|ป่าต้นน้ำ|พื้นที่สีเขียว|ป่าชุมชน|ระบบนิเวศ"),
    Kind("green.marine", "สัตว์ทะเลและชายฝั่ง", "environment", r"พะยูน|สัตว์ทะเล|ปะการัง|หญ้าทะเล"),
    Kind("green.animal", "สัตว์ป่าและสัตว์รบกวน", None, r"ช้างป่า|กั้นช้าง|สุนัขจรจัด|(?<!ล่า)สัตว์ป่า|(?<!แก้ม)ลิง(?!ก์|โคน)"),
    Kind("green.carbon", "คาร์บอนและเมืองคาร์บอนต่ำ", None, r"คาร์บอน|Carbon|carbon"),
    # Livelihoods
    Kind(
        "farm.crop",
        "การผลิตพืช",
        "agriculture",
        r"การผลิต(?:พืช|ข้าว|ผลไม้)|ท่อนพันธุ์|เกษตร(?:ปลอดภัย|อินทรีย์|แปลงใหญ่|มูลค่าสูง|สมัยใหม่)"
        r"|สินค้าเกษตร|พืชเศรษฐกิจ|ไม้ผล|ชาวสวน|สวน(?:ยาง|ปาล์ม|ผลไม้)",
    ),
    Kind("farm.cassava", "ท่อนพันธุ์มันสำปะหลัง", "agriculture", r"มันสำปะหลัง"),
    Kind("farm.livestock", "ปศุสัตว์", "agriculture", r"ปศุสัตว์|โคเนื้อ|โคนม|วากิว|แพะ|อาหารสัตว์|สุกร|ไก่|กระบือ"),
    Kind("farm.fish", "ประมง", "agriculture", r"ประมง(?!.*ท่าเทียบ)|สัตว์น้ำ|พันธุ์ปลา|กุ้ง"),
    Kind(
        "make.process",
        "แปรรูปและมาตรฐานสินค้า",
        "agriculture",
        r"แปรรูป|มาตรฐานผลิตภัณฑ์|ผลิตภัณฑ์ชุมชน|โรงงานต้นแบบ|นวัตกรรมอาหาร|เพิ่มมูลค่า|คัดแยก|ยกระดับสินค้า"
        r"|พัฒนาผลิตภัณฑ์|ผลิตภัณฑ์",
    ),
    Kind("make.craft", "ผ้าและหัตถกรรม", "trade", r"ผ้า|ไหม(?!่)|หัตถกรรม|จักสาน|OTOP|โอทอป"),
    Kind("make.souvenir", "ของฝากของที่ระลึก", "trade", r"ของฝาก|ของที่ระลึก"),
    Kind("make.food", "อาหารถิ่น", "tourism", r"อาหารประจำถิ่น|อาหาร\s*SAN|Gastronomy|ประกอบอาหาร|ด้านอาหาร|ครัวโลก"),
    Kind(
        "trade.market",
        "ตลาดและราคา",
        "agriculture",
        r"ตลาด(?!ใหญ่)|จำหน่าย(?!น้ำ)|จับคู่ธุรกิจ|ผู้ประกอบการทางการค้า|การค้ากับเศรษฐกิจ|กระจายสินค้า",
    ),
    Kind("trade.logistics", "โลจิสติกส์", "trade", r"โลจิสติกส์|Dry\s*Port|ท่าเรือบก|ขนส่งสินค้า|รถไฟ"),
    Kind(
        "trade.invest",
        "อุตสาหกรรมและการลงทุน",
        "trade",
        r"อุตสาหกรรม(?!\s*มารีน่า)|การลงทุน|NeEC|Bioeconomy|เขตเศรษฐกิจ|Smart Economy|industry",
    ),
    Kind("trade.border", "การค้าชายแดน", "trade", r"ชายแดน|ด่านพรมแดน|ช่องจอม|ด่าน(?!ขุนทด|ช้าง|ซ้าย)|เกาะสอง"),
    Kind("money.debt", "หนี้และเงินทุน", None, r"หนี้|สินเชื่อ|กองทุน(?!\S*ขยะ)|แหล่งทุน"),
    Kind("money.poor", "แก้จนและรายได้", "society", r"แก้จน|ความยากจน|กลุ่มเปราะบาง|สัมมาชีพ|สร้างรายได้"),
    Kind(
        "job.skill",
        "อาชีพและทักษะ",
        "society",
        r"กำลังคน|ฝึกอบรม|พัฒนาทักษะ|อาชีพ|ทุนมนุษย์|ต้นทุนมนุษย์|พัฒนาศักยภาพแรงงาน",
    ),
    # Tourism and culture
    Kind(
        "tour.site",
        "แหล่งท่องเที่ยว",
        "tourism",
        r"แหล่งท่องเที่ยว|บริการนักท่องเที่ยว|ภูมิทัศน์|สิ่งอำนวยความสะดวก|จุดชมวิว|Land\s*Mark|อุทยาน|อารยสถาปัตย์"
        r"|ท่องเที่ยวชุมชน|โครงสร้างพื้นฐานการท่องเที่ยว|แนะนำแหล่งท่อง",
    ),
    Kind(
        "tour.promote",
        "ส่งเสริมการท่องเที่ยว",
        "tourism",
        r"ส่งเสริม(?:และพัฒนา)?(?:ภาค)?(?:ด้าน)?การ(?:ตลาดการ)?ท่องเที่ยว|การตลาดการท่องเที่ยว|ท่องเที่ยวเชิง"
        r"|ททท|อพท|Blue\s*Zone|เพื่อการท่องเที่ยวอย่างยั่งยืน|แผนแม่บทการพัฒนาท่องเที่ยว|Ring\s*Road|จีโอพาร์ค"
        r"|ศักยภาพภาคการท่องเที่ยว",
    ),
    Kind(
        "culture.heritage",
        "โบราณสถานและวัฒนธรรม",
        None,
        r"โบราณ|วัฒนธรรม|ประวัติศาสตร์|พระนอน|พิพิธภัณฑ์|ศูนย์ข้อมูล|กำแพงเมือง|คูเมือง|ปรับปรุงอาคารบ้าน|มรดก"
        r"|อารยธรรม|พุทธ",
    ),
    Kind(
        "culture.art",
        "ศิลปะและซอฟต์พาวเวอร์",
        None,
        r"ศิลปะ|Soft\s*Power|ซอฟต์พาวเวอร์|ละครเวที|ภาพยนตร์|FILMING|Filming",
    ),
    Kind("culture.film", "ภาพยนตร์", None, r"ภาพยนตร์|FILMING|Filming"),
    Kind("culture.sport", "กีฬา", None, r"กีฬา|วอลเลย์บอล|Sport|Volleyball"),
    Kind("culture.hall", "หอประชุมและนิทรรศการ", None, r"หอประชุม|ศูนย์ประชุม|นิทรรศการ|ประชุมวิชาการ|มหกรรม"),
    # People
    Kind("care.old", "ผู้สูงอายุ", "society", r"ผู้สูงอายุ|ผู้สูงวัย|สังคมสูงวัย"),
    Kind("care.weak", "คนพิการและกลุ่มเปราะบาง", "society", r"เปราะบาง|คนพิการ|ด้อยโอกาส|คุ้มครองสิทธิ"),
    Kind(
        "health.hospital",
        "โรงพยาบาล",
        None,
        r"โรงพยาบาล|หอผู้ป่วย|สถานบริการด้านสาธารณสุข|โครงสร้างพื้นฐานด้านสาธารณสุข|บริการทางการแพทย์"
        r"|บริการด้านการแพทย์|การแพทย์",
    ),
    Kind("health.primary", "สาธารณสุขตำบล", "society", r"ปฐมภูมิ|รพ\.?\s*สต|สาธารณสุข"),
    Kind("health.emergency", "การแพทย์ฉุกเฉิน", None, r"แพทย์ฉุกเฉิน|รถพยาบาล|กู้ชีพ|ระบบการแพทย์"),
    Kind("health.herb", "แพทย์แผนไทย", "society", r"แพทย์แผนไทย|สมุนไพร"),
    Kind("youth.youth", "เด็ก เยาวชน และครอบครัว", "society", r"เด็ก|เยาวชน|ครอบครัว(?!\s*12)|Youth"),
    Kind(
        "youth.school",
        "โรงเรียนและศูนย์เด็กเล็ก",
        None,
        r"อาคารการศึกษา|อาคารเรียน|สถานศึกษา|(?:ด้าน|พัฒนา|จัด)การศึกษา|(?<!ใน)(?<!ข้าง)โรงเรียน",
    ),
    Kind("safe.drug", "ยาเสพติด", "society", r"ยาเสพติด"),
    Kind(
        "safe.rescue",
        "ดับเพลิงและกู้ภัย",
        None,
        r"ดับเพลิง|กู้ภัย|เพลิงไหม้|สาธารณภัย|การฝึก(?:ค้นหา|ดับ)|ซ้อม|จุดจำลอง",
    ),
    Kind("safe.security", "ความมั่นคงและความปลอดภัย", "security", r"ความมั่นคง|ความสงบ|กล้องวงจรปิด|CCTV"),
    Kind("power.power", "ไฟฟ้า", None, r"ขยายเขตไฟฟ้า|โซล(?:า|่า)ร์|พลังงานแสงอาทิตย์|ระบบไฟฟ้า"),
    Kind("power.net", "โทรศัพท์และอินเทอร์เน็ต", None, r"อินเทอร์เน็ต|Wi-?Fi|5G|ดิจิทัล"),
    Kind("land.land", "ที่ดินและเอกสารสิทธิ", None, r"ที่ดิน(?!และสิ่ง)|เอกสารสิทธิ"),
    Kind(
        "govern.data",
        "ข้อมูลและการบริหารร่วม",
        "administration",
        r"บริหารจัดการข้อมูล|ข้อมูลเมือง|ฐานข้อมูล|Smart City|เมืองอัจฉริยะ",
    ),
    Kind("govern.service", "บริการภาครัฐ", None, r"หน่วยบริการเคลื่อนที่|บริการภาครัฐ"),
    Kind("study.study", "ศึกษาและออกแบบ", None, r"ศึกษาความ|ผลการศึกษา|การศึกษาการ|สำรวจออกแบบ|แผนแม่บท"),
)

# How far an asking reaches, read from needs only: a few lamps in a lane, what a ministry decides, one person's case.
ASKED: tuple[str, ...] = ("ask.local", "ask.ministry", "ask.case")

BY_CODE: dict[str, Kind] = {kind.code: kind for kind in KINDS}
CODES: tuple[str, ...] = tuple(kind.code for kind in KINDS)

# Kinds that do a part of each other's work, beyond being of one group: managing water as a whole holds them all.
_KIN = (
    ("flood.plan", "store.dredge"),
    ("flood.plan", "store.new"),
    ("flood.plan", "store.gate"),
    ("flood.plan", "irrigation.canal"),
    ("store.dredge", "flood.channel"),
    ("store.gate", "irrigation.canal"),
    ("waste.compost", "waste.solid"),
    ("farm.crop", "make.process"),
    ("farm.crop", "trade.market"),
    ("farm.livestock", "make.process"),
    ("make.process", "trade.market"),
    ("make.craft", "trade.market"),
    ("make.souvenir", "make.process"),
    ("care.old", "health.primary"),
    ("money.poor", "job.skill"),
    ("tour.site", "tour.promote"),
    ("tour.site", "culture.heritage"),
    ("pier.pier", "tour.site"),
)


def _related() -> Floats:
    related = np.array([[float(a.group == b.group) for b in KINDS] for a in KINDS])
    for one, other in _KIN:
        row, column = CODES.index(one), CODES.index(other)
        related[row, column] = related[column, row] = 1.0
    return related


RELATED: Floats = _related()
"""1 where two kinds of work are relatives, shape (n_kinds, n_kinds)."""

_TITLE_PATTERNS = [(kind.code, re.compile(kind.title)) for kind in KINDS]
_SECTOR_PATTERNS = [(code, re.compile(pattern)) for code, pattern in SECTORS.items()]

# What a title measures and counts says nothing about which need it answers.
_MEASURES = re.compile(
    r"(?:ปริมาตร|ปริมาณ|ความยาว|ความกว้าง|ความสูง|ระยะทาง|ผิวจราจร\s*กว้าง|ผิวทาง\s*กว้าง|ไหล่ทาง\s*(?:กว้าง|ข้าง)|ขนาด(?:ยาว|กว้าง|ทาง)|พื้นที่รับประโยชน์"
    r"|ระหว่าง\s*(?:กม|กิโลเมตร)|(?:กม\.?|กิโลเมตร)\s*\d|ตอนควบคุม)\S*.*$"
)
_AREAS = re.compile(r"(?:ตำบ[ลน]?|อำเภอ|กลุ่มจังหวัด|จังหวัด)\s*[ก-๙]+")
_OPENING = re.compile(r"^(?:ค่า(?=ก่อสร้าง)|โครงการ(?:การ)?|ขอให้(?:มี)?|ขอ)")
NOTE = re.compile(r"\s(?:ทั้งนี้|หมายเหตุ)\s.*$")
_SPACES = re.compile(r"\s+")
_THAI = re.compile(r"[ก-๙A-Za-z]")

# A proper name follows its marker and runs to the next space or mark: วัดต้นสะตือ, คลองเจ้าเจ็ด, อ่างเก็บน้ำห้วยส้ม.
_MARKERS = (
    "อ่างเก็บน้ำ|แก้มลิง|แม่น้ำ|โรงพยาบาล|โรงเรียน|มหาวิทยาลัย|สถานีรถไฟ|ท่าอากาศยาน|ท่าเทียบเรือ|ท่าเรือ|อุทยานแห่งชาติ|อุทยานประวัติศาสตร์"
    "|อุทยาน|โบราณสถาน|เขื่อน|คลองระบาย|คลองส่งน้ำ|คลอง|ห้วย|หนอง|บึง|กุด|สระ|ลำ|ฝาย|บ้าน|ชุมชน|วัด|เกาะ|เขา|ถนน|ซอย|สาย|แยก|หาด|ถ้ำ|อ่าว|แหลม|ด่าน"
    "|ประตู|ตลาด|เมือง|ทุ่ง|ร่อง|สวน|เทศบาลตำบล|เทศบาลเมือง|เทศบาลนคร|องค์การบริหารส่วนตำบล|ตอน|สู่|ถึง|บริเวณ|หน้า"
)
_NAME = re.compile(rf"(?:{_MARKERS})\s?([ก-๙]{{3,}})")
_SECTION = re.compile(r"([ก-๙]{3,})\s*[-–]\s*([ก-๙]{3,})(?:\s*[-–]\s*([ก-๙]{3,}))?")
_ROAD = re.compile(
    r"(?:ทางหลวง(?:แผ่นดิน|ชนบท)?\s*(?:หมายเลข|สาย)?|หมายเลข|ทล\.?|สายทาง\s*หมายเลข|[ก-ฮ]{2}\.|สาย|เส้น|ถนน|แยก)\s*#?(\d{1,4})(?![\d,.])"
)
_COUNTED = re.compile(r"จำนวน\s*(\d+)\s*กิจกรรม")
_EMPTY_NAMES = {
    *("ประวัติศาสตร์", "เก็บน้ำ", "ส่งน้ำ", "ระบายน้ำ", "คอนกรีต", "จราจร", "ทางหลวง", "ทางเข้า", "ท่องเที่ยว", "ชุมชน", "สุขภาพ"),
    *("จังหวัด", "อำเภอ", "ตำบล", "หมู่ที่", "ลาดยาง", "พร้อม", "ระบบ", "โครงการ", "สาธารณะ", "ริมแม่น้ำ", "แห่งชาติ", "เศรษฐกิจ"),
    *("ควบคุม", "ทางหลวงหมายเลข"),
}


@dataclass(frozen=True, slots=True)
class Work:
    """What a text says about the work it wants or offers.

    Parameters
    ----------
    kinds
        Codes of :data:`KINDS`, in the order in which the text comes to them.
    sectors
        For an umbrella programme, the sectors it names; empty otherwise.
    names
        Proper names it carries (canals, temples, villages, roads' ends), longest first.
    roads
        Road numbers, as written.
    umbrella
        True for a title that names a sector and no work: "โครงการส่งเสริมและพัฒนาภาคการเกษตร จังหวัดชัยนาท".
    counted
        Number of activities a bundle says it holds ("จำนวน 162 กิจกรรม"), 1 otherwise.
    empty
        True for a budget line that buys no work for anyone (travel costs, office supplies).
    core
        The title without areas, measures and formula, for words and vectors.
    """

    kinds: tuple[str, ...]
    sectors: tuple[str, ...]
    names: tuple[str, ...]
    roads: tuple[str, ...]
    umbrella: bool
    counted: int
    empty: bool
    core: str


_RUNNING_COST = re.compile(r"^ค่า(?!ก่อสร้าง|ปรับปรุง|จ้างเหมา\S*ก่อสร้าง)|^วัสดุ|ครุภัณฑ์สำนักงาน|^รายจ่าย|ราคาต่อหน่วยต่ำกว่า")
# What every sector's programme is called by; a title of nothing else names a sector and no work.
_GENERIC_WORDS = """
แผนงาน โครงการ การ ความ ด้าน ภาค งาน และ หรือ ของ ใน ให้ สู่ เป็น ที่ เพื่อ พร้อม อย่าง ตาม ต่อ กับ
ทุก จังหวัด กลุ่มจังหวัด พื้นที่ ท้องถิ่น ประเทศ ชาติ ระดับ สากล ภูมิภาค ส่งเสริม สนับสนุน พัฒนา
เพิ่ม เสริมสร้าง สร้างเสริม สร้าง เสริม ยกระดับ ปรับปรุง รักษา บริหาร จัดการ ป้องกัน แก้ไข ปัญหา
อนุรักษ์ ฟื้นฟู บูรณาการ ขับเคลื่อน ดำเนิน ควบคุม ใช้ ศักยภาพ ขีดความสามารถ ประสิทธิภาพ แข่งขัน
มาตรฐาน คุณภาพ มูลค่า สมดุล ยั่งยืน เข้มแข็ง มั่นคง ปลอดภัย สงบ เรียบร้อย ระบบ โครงสร้าง พื้นฐาน
ภารกิจ เกษตร เกษตรกร เกษตรกรรม สินค้า ผลผลิต ท่องเที่ยว บริการ สังคม คุณภาพชีวิต ชีวิต ประชาชน ชุมชน
คน มนุษย์ ทรัพยากร ธรรมชาติ สิ่งแวดล้อม อุตสาหกรรม การค้า ค้า ลงทุน เศรษฐกิจ พาณิชย์ ทรัพย์สิน
น่าอยู่ ดี เสมอภาค ทาง ช่วงวัย วัย เมือง เชิง นิเวศ สร้างสรรค์ ครบวงจร
"""
_GENERIC = re.compile("|".join(sorted(_GENERIC_WORDS.split(), key=len, reverse=True)))
_MOST_SPECIFIC = 0.15
"""An umbrella programme's title may hold this share of letters that are not generic: scanner's slips, mostly."""


def _specific_share(core: str) -> float:
    """Share of a title's letters left when all it has in common with any sector's programme is taken away."""
    return len(_THAI.findall(_GENERIC.sub("", core))) / max(1, len(_THAI.findall(core)))


def _found(patterns: Iterable[tuple[str, re.Pattern[str]]], text: str) -> tuple[str, ...]:
    """What is found, in the order in which the text says it: the first is what the work is, the rest is with it."""
    places = [(found.start(), code) for code, pattern in patterns if (found := pattern.search(text))]
    return tuple(code for _start, code in sorted(places, key=lambda place: place[0]))


def core_of(title: str) -> str:
    """The part of a title that says what is done: no areas, no measures, no formula.

    Parameters
    ----------
    title
        A plan title, normalised or not.

    Returns
    -------
    str
        The core, or the title itself when nothing else is left.
    """
    core = _AREAS.sub(" ", _MEASURES.sub(" ", title))
    core = _SPACES.sub(" ", _OPENING.sub("", core.strip())).strip()
    return core if len(_THAI.findall(core)) >= 6 else title


def names_in(title: str) -> tuple[str, ...]:
    """Proper names in a title, longest first; sections of road ("แก่งคอย-เขาเพิ่ม") give both ends."""
    names = {end for match in _SECTION.finditer(title) for end in match.groups() if end and len(end) >= 4}
    for match in _NAME.finditer(title):
        name = match.group(1)
        bare = re.sub(rf"^(?:{_MARKERS}|บริเวณ|ริม)+", "", name)
        for candidate in (name, bare):
            if len(candidate) >= 4 and candidate not in _EMPTY_NAMES:
                names.add(candidate)
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


@lru_cache(maxsize=65536)
def read_title(title: str) -> Work:
    """Read a plan title.

    Parameters
    ----------
    title
        Project title, activity title, or both joined.

    Returns
    -------
    Work
    """
    text = NOTE.sub("", normalize(title))
    core = core_of(text)
    kinds = _found(_TITLE_PATTERNS, core)
    empty = bool(_RUNNING_COST.search(text.strip()))
    counted = _COUNTED.search(text)
    bare = _AREAS.sub(" ", text)
    sectors = _found(_SECTOR_PATTERNS, bare)
    umbrella = not empty and bool(sectors) and _specific_share(core) <= _MOST_SPECIFIC
    return Work(
        kinds=kinds,
        sectors=sectors if umbrella else (),
        names=names_in(text),
        roads=tuple(dict.fromkeys(_ROAD.findall(text))),
        umbrella=umbrella,
        counted=int(counted.group(1)) if counted else 1,
        empty=empty,
        core=core,
    )


# ------------------------------------------------------------------------------------------------ reading needs


def seeds() -> list[tuple[str, str]]:
    """The invented sentences that teach what each kind of work sounds like: (kind, sentence), in the file's order."""
    lines = files("nlp").joinpath("data/work_seeds.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line]
    return [(kind, normalize(sentence)) for kind, sentence in pairs]


@dataclass(frozen=True, slots=True)
class SeedVectors:
    """What the embedder in use makes of the seeds, kept so that only needs are embedded at run time.

    Parameters
    ----------
    vectors : array of shape (n_seeds, dim)
        Unit vectors of :func:`seeds`.
    mean : array of shape (dim,)
        What all needs share in this embedder; subtracted before anything is compared (measured: 0.71 → 0.80 at rank 1).
    """

    vectors: Floats
    mean: Floats


class WorkReader:
    """Reads a need as a score for each kind of work: kernel ridge regression on the seeds.

    The kernel is the sum of the cosine of centred sentence vectors and the cosine of character n-grams; without an
    embedder the second alone. Every kind weighs the same, however many sentences it has. It has a closed form, and it
    is fitted in milliseconds on the machine that runs it, so nothing but the seeds and their vectors is shipped.

    Parameters
    ----------
    ridge
        Strength of the penalty.
    grams
        Weight of the n-grams beside the sentence vectors.
    """

    def __init__(self, ridge: float = 2.0, grams: float = 2.0) -> None:
        self.ridge = ridge
        self.grams = grams

    def fit(self, seed_vectors: SeedVectors | None = None) -> WorkReader:
        """Learn the kinds from the seeds.

        Parameters
        ----------
        seed_vectors
            Vectors of the seeds by the embedder in use, or None where there is none.

        Returns
        -------
        WorkReader
            Itself.
        """
        pairs = seeds()
        index = {code: column for column, code in enumerate((*CODES, *ASKED))}
        targets = np.zeros((len(pairs), len(index)))
        for row, (kind, _) in enumerate(pairs):
            codes = kind.split("|")
            targets[row, [index[code] for code in codes]] = 1 / np.sqrt(sum(code in BY_CODE for code in codes) or 1)
        sizes = targets.sum(axis=0)
        weights = np.array([(1 / sizes[row > 0]).mean() for row in targets])
        weights /= weights.mean()
        self.vectorizer_ = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True)
        grams = self.vectorizer_.fit_transform([sentence for _, sentence in pairs])
        self.mean_ = None if seed_vectors is None else seed_vectors.mean
        self.seeds_ = None if seed_vectors is None else centred(seed_vectors.vectors, seed_vectors.mean)
        kernel = self.grams * (grams @ grams.T).toarray()
        if self.seeds_ is not None:
            kernel += self.seeds_ @ self.seeds_.T
        kernel[np.diag_indices_from(kernel)] += self.ridge / weights
        duals = np.linalg.solve(kernel, targets)
        self.gram_weights_ = self.grams * (grams.T @ duals)
        self.vector_weights_ = None if self.seeds_ is None else self.seeds_.T @ duals
        return self

    def score(self, texts: Sequence[str], vectors: Floats | None = None) -> Floats:
        """Score every kind, and every way of asking, for every text.

        Parameters
        ----------
        texts
            Needs, normalised.
        vectors : array of shape (n_texts, dim), optional
            Their vectors by the embedder of `fit`.

        Returns
        -------
        array of shape (n_texts, n_kinds + n_askings)
            Columns as in :data:`CODES`, then :data:`ASKED`; about 1 for what the text is clearly about, about 0
            for the rest.
        """
        scores: Floats = np.asarray(self.vectorizer_.transform(texts) @ self.gram_weights_)
        if self.vector_weights_ is not None and vectors is not None and self.mean_ is not None:
            scores += centred(vectors, self.mean_) @ self.vector_weights_
        return scores


def centred(vectors: Floats, mean: Floats) -> Floats:
    """Vectors without what they all share, of length one; shape (n, dim)."""
    moved: Floats = np.asarray(vectors, dtype=np.float64) - mean
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return moved
