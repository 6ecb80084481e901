"""GET and POST /resource/documents, POST /resource/addresses, GET /public/files: what proves who a member is."""

from typing import Annotated, Any, Final

import msgspec

from pyxiu.api.asgi import Answer, header_pairs
from pyxiu.api.body import text_of
from pyxiu.api.endpoint import Call, NoQuery, Reply, endpoint
from pyxiu.api.errors import NOT_FOUND, ApiError, refuse
from pyxiu.api.identity.caller import caller_of, own_user_id
from pyxiu.api.identity.kyc_entities import DocumentEntity, document_entities
from pyxiu.api.identity.kyc_refusals import REFUSALS, THROTTLED, UNFIT, field_codes, refused
from pyxiu.api.params import Integer, Query, Text
from pyxiu.identity.kyc.document_store import DocumentStore
from pyxiu.identity.kyc.file_links import FileLink, is_valid_link
from pyxiu.identity.kyc.model import DocumentFields, InvalidFields, Refusal
from pyxiu.identity.kyc.read_fields import DOC_CATEGORIES, DOC_TYPES, read_address, read_document
from pyxiu.identity.kyc.settings import MEBIBYTE, KycSettings
from pyxiu.identity.kyc.submit_documents import submit_documents
from pyxiu.kit.clock import now_of

PREFIX: Final = "resource.documents"
ADDRESS_PREFIX: Final = "resource.addresses"
#: What a request can bring at most: the files, and what stands around them.
BODY_BYTES_MAX: Final = KycSettings().files_per_request * KycSettings().upload_bytes_max + MEBIBYTE
TOO_MANY_FILES: Final = "resource.documents.too_many_files"


class DocumentBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    doc_type: Any = None
    doc_number: Any = None
    doc_expire: Any = None
    doc_issue: Any = None
    doc_category: Any = None
    identificator: Any = None
    metadata: Any = None


class AddressBody(msgspec.Struct):
    """Optional and untyped: a refused value has its own code."""

    country: Any = None
    address: Any = None
    city: Any = None
    postcode: Any = None


_TEXT: Final = {"type": "string", "maxLength": 255}
_FILES: Final = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "maxItems": KycSettings().files_per_request,
    "description": "JPEG, PNG or PDF, at most 10 MB each, sent as parts named `upload[]`.",
}
DOCUMENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["doc_type", "doc_number", "upload"],
    "properties": {
        "doc_type": {"type": "string", "enum": list(DOC_TYPES)},
        "doc_number": _TEXT,
        "upload": _FILES,
        "doc_expire": {**_TEXT, "description": "2030-10-29; required unless the exchange says otherwise."},
        "doc_issue": {**_TEXT, "description": "The same form."},
        "doc_category": {"type": "string", "enum": list(DOC_CATEGORIES)},
        "identificator": {"type": "string", "maxLength": 64, "description": "The same for what belongs together."},
        "metadata": {"type": "string", "description": "JSON of an object, at most 4096 bytes."},
    },
}
ADDRESS_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["country", "address", "city", "postcode", "upload"],
    "properties": {"country": _TEXT, "address": _TEXT, "city": _TEXT, "postcode": _TEXT, "upload": _FILES},
}
LIMIT_CODES: Final = tuple(
    REFUSALS[refusal].code for refusal in (Refusal.DOCUMENTS_TOO_MANY, Refusal.DOCUMENTS_WOULD_BE_TOO_MANY)
)
FILE_CODES: Final = (*dict.fromkeys(unfit.code for unfit in UNFIT.values()), TOO_MANY_FILES)


@endpoint("GET", "/resource/documents", group="barong", tag="KYC", private=True, returns=list[DocumentEntity])
async def list_documents(call: Call[NoQuery]) -> Reply:
    """Your documents, the newest last."""
    services, user_id = call.identity, await own_user_id(call)
    async with services.database.connect() as connection:
        documents = await DocumentStore(connection, services.sealer).of_user(user_id)
    return Reply(await document_entities(services, documents, masked=services.settings.kyc.mask_personal))


@endpoint(
    "POST",
    "/resource/documents",
    group="barong",
    tag="KYC",
    private=True,
    status=201,
    multipart=True,
    body_bytes_max=BODY_BYTES_MAX,
    body=DocumentBody,
    body_schema=DOCUMENT_SCHEMA,
    returns=int,
    errors={
        400: LIMIT_CODES,
        422: (
            *field_codes(
                PREFIX,
                ("doc_type", "doc_number", "doc_expire", "upload"),
                ("doc_type", "doc_number", "doc_expire", "doc_issue", "doc_category", "identificator", "metadata"),
            ),
            f"{PREFIX}.already_expired",
            "doc_issue.in_future",
            *FILE_CODES,
        ),
        429: (THROTTLED.code,),
    },
)
async def post_documents(call: Call[NoQuery]) -> Reply:
    """Hand in a document, one or several pages or sides of it.

    What a file is, its content says, not its name. Photos are stored as pixels alone, without the place and time that
    cameras note in them. PDFs with scripts, attachments or passwords are refused. The answer is 201.
    """
    services = call.identity
    settings = services.settings.kyc
    sent = {name: text_of(getattr(call.body, name)) for name in DocumentBody.__struct_fields__}
    today = now_of(services.clock).date()
    fields = read_document(sent, today=today, expiry_required=settings.document_expiry_required)
    return await _submit(call, fields, PREFIX)


@endpoint(
    "POST",
    "/resource/addresses",
    group="barong",
    tag="KYC",
    private=True,
    status=201,
    multipart=True,
    body_bytes_max=BODY_BYTES_MAX,
    body=AddressBody,
    body_schema=ADDRESS_SCHEMA,
    returns=int,
    errors={
        400: LIMIT_CODES,
        422: (
            *field_codes(
                ADDRESS_PREFIX,
                ("country", "address", "city", "postcode", "upload"),
                ("country", "address", "city", "postcode"),
            ),
            *FILE_CODES,
        ),
        429: (THROTTLED.code,),
    },
)
async def post_address(call: Call[NoQuery]) -> Reply:
    """Hand in a proof of where you live. The answer is 201."""
    sent = {name: text_of(getattr(call.body, name)) for name in AddressBody.__struct_fields__}
    return await _submit(call, read_address(sent), ADDRESS_PREFIX)


async def _submit(call: Call[NoQuery], fields: DocumentFields | InvalidFields, prefix: str) -> Reply:
    files = [upload.content for upload in call.files.get("upload", [])]
    codes = list(refused(fields, prefix=prefix).codes) if isinstance(fields, InvalidFields) else []
    if not files:
        codes.append(f"{prefix}.missing_upload")
    if len(files) > call.identity.settings.kyc.files_per_request:
        codes.append(TOO_MANY_FILES)
    if isinstance(fields, InvalidFields) or codes:
        raise ApiError(422, codes)
    user = (await caller_of(call)).user
    submitted = await submit_documents(call.identity, user, fields, files)
    if not isinstance(submitted, list):
        raise refused(submitted, prefix=prefix)
    return Reply(201, 201)


class FileQuery(Query, frozen=True):
    filename: Annotated[str, Text(NOT_FOUND.code, "What to save it as.")]
    content_type: Annotated[str, Text(NOT_FOUND.code, "What it is.")]
    expires_at: Annotated[
        int, Integer(0, 10**12, NOT_FOUND.code, NOT_FOUND.code, "Until when the link is good, in unix seconds.")
    ]
    signature: Annotated[str, Text(NOT_FOUND.code, "Ours, over all of these.")]


@endpoint(
    "GET",
    "/public/files/{key}",
    group="barong",
    tag="KYC",
    query=FileQuery,
    returns=None,
    path_parameters={"key": "Which file."},
)
async def show_file(call: Call[FileQuery]) -> Answer:
    """Download a file by a link that was made for you a moment ago; links are not made by hand."""
    services, query = call.identity, call.query
    link = FileLink(
        key=call.path["key"],
        filename=query.filename,
        content_type=query.content_type,
        expires_at=query.expires_at,
    )
    if not is_valid_link(services.sealer, link, query.signature, now_s=services.clock.now_ns() // 10**9):
        raise refuse(NOT_FOUND)
    content = await services.objects.get(link.key)
    if content is None:
        raise refuse(NOT_FOUND)
    headers = (
        ("Content-Type", link.content_type),
        ("Content-Disposition", f'attachment; filename="{link.filename}"'),
        ("Content-Security-Policy", "sandbox"),
        ("Cache-Control", "no-store"),
    )
    return Answer(200, content, header_pairs(headers))


ENDPOINTS: Final = (list_documents, post_documents, post_address, show_file)
