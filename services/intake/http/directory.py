"""The directory's front door: who is calling, and imports."""

from typing import Annotated, Final

from fastapi import APIRouter, Request

from services.intake.directory.caller import caller_screen
from services.intake.directory.importing import CUSTOMERS, ORDERS, PRODUCTS, ImportKind, import_entries
from services.intake.directory.lines import CsvLines, Lines, NdjsonLines
from services.intake.parts import parts_of
from services.intake.understand.phones import is_withheld, read_phone
from shared.errors import FieldError
from shared.http.answers import Json
from shared.http.body import refuse_encodings
from shared.http.fields import describe
from shared.http.limits import UNLIMITED, limits
from shared.http.problems import invalid, unsupported
from shared.identity.principal import Principal, Role
from shared.identity.roles import allow

CSV_TYPES: Final = frozenset({"text/csv"})
NDJSON_TYPES: Final = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)

router = APIRouter(tags=["directory"])

IMPORTER: Final = allow("integration", "boss", "operator")
BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


@router.get("/callers/{number}")
async def get_caller(
    request: Request,
    number: str,
    principal: Annotated[Principal, allow("integration", "agent", "store", "technician", "boss", "auditor")],
) -> Json:
    """Who is calling: the customer when exactly one matches, orders, products, open tickets, the last contacts.

    A store's and a technician's token are shown customer and orders, and of tickets and contacts their own store's.
    """
    parts = parts_of(request)
    reading = read_phone(number, parts.place.region, parts.place.area)
    if reading.e164 is None and not is_withheld(number):
        expected = f"a phone number of {parts.place.region}, +<country> and the number, or anonymous"
        raise invalid([FieldError("number", expected, describe(number))])
    async with parts.pool.acquire() as connection:
        bound = principal.store_id if principal.role in {Role.STORE, Role.TECHNICIAN} else None
        return Json(await caller_screen(connection, number, e164=reading.e164, store_id=bound))


@router.post("/customers:import", openapi_extra=BODY, dependencies=[IMPORTER])
@limits(body_bytes_max=UNLIMITED, timeout_s=UNLIMITED)
async def import_customers(request: Request) -> Json:
    """CSV or NDJSON of `customer_id,name,phones,email,language`; phones separated by `;`. Any size, again and again."""
    return await run_import(request, CUSTOMERS)


@router.post("/orders:import", openapi_extra=BODY, dependencies=[IMPORTER])
@limits(body_bytes_max=UNLIMITED, timeout_s=UNLIMITED)
async def import_orders(request: Request) -> Json:
    """CSV or NDJSON of `order_id,customer_id,store_id,ordered_at,skus,warranty_ends_at`; skus separated by `;`."""
    return await run_import(request, ORDERS)


@router.post("/products:import", openapi_extra=BODY, dependencies=[IMPORTER])
@limits(body_bytes_max=UNLIMITED, timeout_s=UNLIMITED)
async def import_products(request: Request) -> Json:
    """CSV or NDJSON of `sku,name,category`."""
    return await run_import(request, PRODUCTS)


async def run_import(request: Request, kind: ImportKind) -> Json:
    """Read the body as its type says and import it. Raises `Refused` (415; 422 for an unusable CSV header)."""
    parts = parts_of(request)
    lines = lines_of(request, kind)
    report = await import_entries(parts.pool, kind, request.stream(), lines, parts.place)
    return Json(report.document())


def lines_of(request: Request, kind: ImportKind) -> Lines:
    """How the body is cut into lines, by its type."""
    refuse_encodings(request)
    given = request.headers.get("content-type", "nothing")
    media_type, _, parameters = given.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    is_utf8 = charset in {"", "utf-8", "utf8"} or "charset" not in parameters.lower()
    match media_type.strip().lower():
        case name if name in CSV_TYPES and is_utf8:
            return CsvLines(kind.columns, kind.key)
        case name if name in NDJSON_TYPES and is_utf8:
            return NdjsonLines()
        case _:
            raise unsupported("text/csv or application/x-ndjson in UTF-8", given)
