#!/usr/bin/env python3
"""Writes the sample shop's catalogue: 1,260 invented products in eight languages.

Equal runs give equal bytes.    python3 Examples/shop/generate.py > Examples/shop/products.jsonl
"""
import json
import random

BRANDS = ["Norvik", "Tellura", "Hafen & Co", "Kestrel", "Lumora", "Bergwald", "Ondine", "Zephyr Works",
          "Calderon", "Sakurai", "Baan Suan", "Al Noor"]

# Language: (category, [nouns]), [adjectives], [uses], how a title and a description are put together.
LANGUAGES = {
    "en": {
        "kinds": [("Tools", ["cordless drill", "circular saw", "hand plane", "socket set", "tape measure"]),
                  ("Kitchen", ["cast iron pan", "bread knife", "electric kettle", "pasta maker", "coffee grinder"]),
                  ("Garden", ["watering can", "pruning shears", "garden hose", "wheelbarrow", "bird feeder"]),
                  ("Audio", ["wireless headphones", "bookshelf speaker", "turntable", "portable radio", "soundbar"]),
                  ("Outdoor", ["sleeping bag", "two person tent", "camping stove", "hiking backpack", "head torch"])],
        "adjectives": ["compact", "professional", "lightweight", "quiet", "heavy duty", "foldable", "classic"],
        "uses": ["for everyday use at home", "made to last for decades", "a favourite gift for beginners",
                 "tested in wet and cold weather", "with spare parts available for ten years"],
        "title": "{brand} {model} {adjective} {noun}", "text": "A {adjective} {noun} by {brand}, {use}."},
    "de": {
        "kinds": [("Werkzeug", ["Akkuschrauber", "Kreissäge", "Schraubendreher", "Werkzeugkoffer"]),
                  ("Küche", ["Bratpfanne", "Brotmesser", "Wasserkocher", "Kaffeemühle"]),
                  ("Garten", ["Gießkanne", "Gartenschere", "Rasenmäher", "Schubkarre"])],
        "adjectives": ["leise", "robust", "handlich", "klappbar", "hochwertig"],
        "uses": ["für den täglichen Gebrauch", "mit fünf Jahren Garantie", "spülmaschinenfest und langlebig"],
        "title": "{brand} {noun} {model}, {adjective}", "text": "{noun} von {brand}: {adjective}, {use}."},
    "fr": {
        "kinds": [("Cuisine", ["poêle en fonte", "couteau à pain", "bouilloire électrique", "moulin à café"]),
                  ("Jardin", ["arrosoir", "sécateur", "brouette", "tuyau d'arrosage"]),
                  ("Maison", ["lampe de chevet", "étagère murale", "fauteuil", "rideau occultant"])],
        "adjectives": ["léger", "robuste", "pliable", "élégant", "silencieux"],
        "uses": ["pour toute la famille", "fabriqué pour durer", "livré avec sa notice"],
        "title": "{noun} {adjective} {brand} {model}", "text": "{brand} présente : {noun} {adjective}, {use}."},
    "es": {
        "kinds": [("Cocina", ["sartén antiadherente", "cuchillo de pan", "hervidor eléctrico", "molinillo de café"]),
                  ("Hogar", ["lámpara de mesa", "estantería", "sillón reclinable", "cortina opaca"]),
                  ("Deporte", ["bicicleta plegable", "balón de fútbol", "esterilla de yoga", "mochila"])],
        "adjectives": ["ligero", "resistente", "plegable", "silencioso", "clásico"],
        "uses": ["para el uso diario", "con dos años de garantía", "ideal para regalar"],
        "title": "{noun} {adjective} {brand} {model}", "text": "{noun} de {brand}, {adjective}, {use}."},
    "zh": {
        "kinds": [("数码", ["无线蓝牙耳机", "机械键盘", "移动电源", "智能手表"]),
                  ("厨房", ["不粘炒锅", "电热水壶", "咖啡研磨机", "电饭煲"]),
                  ("家居", ["羽绒被", "台灯", "折叠椅", "空气净化器"])],
        "adjectives": ["轻便", "静音", "耐用", "可折叠", "高级"],
        "uses": ["适合家庭日常使用", "两年质保", "送礼佳品"],
        "title": "{brand} {adjective}{noun} {model}", "text": "{brand}{noun}，{adjective}，{use}。"},
    "ja": {
        "kinds": [("家電", ["炊飯器", "電気ケトル", "加湿器", "ワイヤレスイヤホン"]),
                  ("キッチン", ["包丁", "フライパン", "コーヒーミル", "弁当箱"]),
                  ("文房具", ["万年筆", "手帳", "消しゴム", "シャープペンシル"])],
        "adjectives": ["軽量", "静音", "丈夫な", "折りたたみ", "高級"],
        "uses": ["毎日の生活に便利です", "贈り物に最適です", "一年間の保証付きです"],
        "title": "{brand} {adjective}{noun} {model}", "text": "{brand}の{adjective}{noun}。{use}。"},
    "th": {
        "kinds": [("เครื่องครัว", ["หม้อหุงข้าว", "กระทะเหล็ก", "กาต้มน้ำไฟฟ้า", "มีดทำครัว"]),
                  ("เครื่องใช้ไฟฟ้า", ["พัดลมตั้งโต๊ะ", "หูฟังไร้สาย", "ลำโพงพกพา", "เครื่องฟอกอากาศ"])],
        "adjectives": ["น้ำหนักเบา", "ทนทาน", "เงียบ", "พับได้"],
        "uses": ["เหมาะสำหรับใช้ในบ้านทุกวัน", "รับประกันสองปี", "เหมาะเป็นของขวัญ"],
        "title": "{noun}{adjective} {brand} {model}", "text": "{noun}ของ {brand} {adjective} {use}"},
    "ar": {
        "kinds": [("مطبخ", ["مقلاة حديدية", "سكين خبز", "غلاية كهربائية", "مطحنة قهوة"]),
                  ("منزل", ["مصباح طاولة", "رف حائط", "كرسي مريح", "ستارة معتمة"])],
        "adjectives": ["خفيف", "متين", "هادئ", "قابل للطي"],
        "uses": ["للاستخدام اليومي", "مع ضمان لمدة سنتين", "هدية مثالية"],
        "title": "{noun} {adjective} {brand} {model}", "text": "{noun} من {brand}، {adjective}، {use}."},
}
COUNTS = {"en": 500, "de": 160, "fr": 120, "es": 120, "zh": 100, "ja": 100, "th": 80, "ar": 80}
PLACES = [[52.52, 13.405], [48.8566, 2.3522], [40.4168, -3.7038], [35.6762, 139.6503], [13.7563, 100.5018],
          [51.5074, -0.1278]]


def main():
    rng = random.Random(7)
    number = 0
    for language, parts in LANGUAGES.items():
        for _ in range(COUNTS[language]):
            number += 1
            category, nouns = rng.choice(parts["kinds"])
            values = {"brand": rng.choice(BRANDS), "noun": rng.choice(nouns),
                      "adjective": rng.choice(parts["adjectives"]), "use": rng.choice(parts["uses"]),
                      "model": f"{rng.choice('KRTVX')}{rng.choice('ABDGX')}-{rng.randint(100, 9999)}"
                               + rng.choice(["", "", "B", "G"])}
            title = parts["title"].format(**values)
            text = parts["text"].format(**values)
            place = rng.choice(PLACES)
            print(json.dumps({
                "id": str(number), "title": title[0].upper() + title[1:],
                "description": text[0].upper() + text[1:], "brand": values["brand"],
                "categories": [category, f"{category} > {values['noun']}"], "language": language,
                "price": round(rng.lognormvariate(3.5, 0.8), 2), "rating": round(rng.triangular(1, 5, 4.3), 1),
                "popularity": int(1000 / rng.randint(1, 200)), "in_stock": rng.random() < 0.93,
                "created_at": 1735689600 + rng.randrange(500) * 86400, "location": place,
            }, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
