"""What the rules say whose forms stand in code; the rules of the YAML files say it there.

Every answer names the rules that fired. docs/reference/understanding.md is made from these and from the files.
"""

from typing import Final

RULES_IN_CODE: Final = {
    "phone.plain_mobile": "A mobile number of the mainland in its usual forms.",
    "phone.plain_landline": "A landline of the mainland with its area code, in its usual forms.",
    "phone.area": "The area code was missing; that of the place where it was written was put before it.",
    "phone.area_missing": "A landline without its area code, and nothing says which; `e164` is null.",
    "phone.no_number": "It cannot be a phone number; `e164` is null.",
    "phone.library": "Read by the library `phonenumbers`.",
    "phone.range_unknown": "It has the right length, but its range is not known to be given out; `valid` is false.",
    "phone.code_without_plus": "Hong Kong, Macau or Taiwan, written without the plus.",
    "phone.taiwan_form": "A form of Taiwan (09…, or a one-digit area code set apart) that no mainland number has.",
    "phone.label": "A word such as 电话 or Tel stood before it.",
    "phone.in_text": "It stood among other words.",
    "phone.several": "The field holds more than one number; the first counts, `others` has the rest.",
    "phone.chinese_digits": "Its digits were written in Chinese.",
    "phone.letters_as_digits": "Letters that look like digits (O, l) were taken for them; a number in use came out.",
    "number.ticket": "A ticket number of the chain, with its check digit and a day that exists.",
    "noise.empty": "Nothing was written.",
    "noise.only_signs": "Nothing but punctuation, symbols or emoji.",
    "pair.other_ticket_number": "Two matters: each names another ticket.",
    "pair.other_order_number": "Two matters: each names another order.",
    "pair.other_product_number": "Two matters: each names another product number.",
    "pair.other_product": "Two matters: each names another product, and neither is a wider word for the other.",
    "pair.closed": "Two matters: one of them thanks for what is done.",
    "pair.later_event": "Two matters: one tells of something after a repair or a replacement, or of it again.",
    "pair.another": "Two matters: one says that it is one more (另一个, also).",
    "pair.other_unit": "Two matters: one of several alike, in another room, of another colour, number, owner or shop.",
    "pair.other_code": "Two matters: the display shows another code.",
    "pair.other_fault": "Two matters: another fault, or a fault here and an invoice, a purchase, a question there.",
    "pair.other_part": "Two matters: another part of the product, or not as ordered in another way.",
    "pair.other_words": "Two matters: alike in letters, but a word stands where the other text has a different one.",
    "pair.same_ticket": "One matter: both name the same ticket.",
    "pair.same_order": "One matter: both name the same order.",
    "pair.same_product": "One matter: both name the same kind of product.",
    "pair.wider_product": "One matter: one names the product by a wider word.",
    "pair.product_unnamed": "One matter: they share the fault, and not both name a product.",
    "pair.same_fault": "One matter: both tell of the same fault.",
    "pair.near_fault": "One matter: the one's fault may be the other's in other words.",
    "pair.fault_unnamed": "One matter: both complain, and one does not say of what.",
    "pair.asks_about_it": "One matter: one asks about it or adds to it.",
    "pair.shared_words": "One matter: beside the product both use the same words.",
    "pair.alike": "One matter: much of the shorter text stands in the longer.",
}
