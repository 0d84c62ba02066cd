"""Reads what Chromium prints: the letters of each page of a PDF without spaces, as spaces are drawn by moving on."""

import re
import zlib

OBJECT = re.compile(rb"(?<!\d)(\d+) 0 obj\b(.*?)endobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
DRAWN = re.compile(rb"/(\w+) [\d.]+ Tf|<([0-9A-Fa-f]+)>")
RANGE = re.compile(rb"<(\w+)> <(\w+)> <(\w+)>")
SINGLE = re.compile(rb"^<(\w+)> <(\w+)>\s*$", re.MULTILINE)


def pages(pdf):
    """The letters of each page, in the order in which they are drawn."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    return [words(objects, body) for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]


def squeezed(words):
    """Words as they stand there."""
    return "".join(words.split())


def words(objects, page):
    named = re.findall(rb"/(F\d+) (\d+) 0 R", with_referred(objects, page))
    fonts = {name: letters(objects, int(number)) for name, number in named}
    drawn, font = [], {}
    for number in re.findall(rb"/Contents (\d+) 0 R", page):
        for name, codes in DRAWN.findall(stream(objects[int(number)])):
            if name:
                font = fonts.get(name, {})
            drawn += [font.get(int(codes[place : place + 4], 16), "") for place in range(0, len(codes), 4)]
    return squeezed("".join(drawn))


def with_referred(objects, page):
    """A page with its resources, where they are an object of their own."""
    return page + b"".join(objects[int(to)] for to in re.findall(rb"/(?:Resources|Font) (\d+) 0 R", page))


def letters(objects, font):
    """The letter of each code of a font."""
    told = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    table = stream(objects[int(told[1])]) if told else b""
    found = {int(code, 16): text(to) for code, to in SINGLE.findall(table)}
    for first, last, to in RANGE.findall(table):
        for step in range(int(last, 16) - int(first, 16) + 1):
            found[int(first, 16) + step] = chr(int(to, 16) + step)
    return found


def text(code):
    return bytes.fromhex(code.decode()).decode("utf-16-be")


def stream(body):
    """What an object holds."""
    return zlib.decompress(STREAM.search(body)[1])
