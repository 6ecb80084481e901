"""Documents in the database; their files are in the object store.

Invariant: numbers are sealed; a row exists only after its file does. Limit: files whose row was never written (a crash
in between) stay in the object store, where nothing refers to them.
"""

from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from pyxiu.identity.kyc.model import Document, DocumentFields, DocumentState
from pyxiu.identity.kyc.purposes import DOC_NUMBER, doc_number_index, pii
from pyxiu.identity.ports import Sealer
from pyxiu.identity.tables.kyc import documents


class DocumentStore:
    def __init__(self, connection: AsyncConnection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    async def count(self, user_id: int) -> int:
        """Those that wait or are verified: what was rejected may be handed in better."""
        counted = await self._connection.execute(
            select(func.count())
            .select_from(documents)
            .where(documents.c.user_id == user_id, documents.c.state != DocumentState.REJECTED.value)
        )
        return int(counted.scalar_one())

    async def of_user(self, user_id: int) -> list[Document]:
        return await self._found(select(documents).where(documents.c.user_id == user_id).order_by(documents.c.id))

    async def add(
        self, user_id: int, fields: DocumentFields, *, object_key: str, content_type: str, size_bytes: int
    ) -> Document:
        written = await self._connection.execute(
            insert(documents)
            .values(
                user_id=user_id,
                object_key=object_key,
                content_type=content_type,
                size_bytes=size_bytes,
                doc_type=fields.doc_type,
                doc_number=self._sealer.seal(fields.doc_number.encode(), pii(user_id, DOC_NUMBER)),
                doc_number_index=doc_number_index(self._sealer, fields.doc_number)[0],
                doc_expire=fields.doc_expire,
                doc_issue=fields.doc_issue,
                doc_category=fields.doc_category,
                identificator=fields.identificator,
                metadata=fields.metadata,
            )
            .returning(documents)
        )
        return self._document(written.mappings().one())

    async def decide(
        self, document: Document, state: DocumentState, *, reviewed_by: str, reason: str | None
    ) -> Document:
        written = await self._connection.execute(
            update(documents)
            .where(documents.c.id == document.id)
            .values(state=state.value, reviewed_by=reviewed_by, reason=reason, updated_at=func.now())
            .returning(documents)
        )
        return self._document(written.mappings().one())

    async def with_number(self, number: str) -> list[Document]:
        """All documents that have this number, whoever handed them in."""
        found = await self._found(
            select(documents)
            .where(documents.c.doc_number_index.in_(doc_number_index(self._sealer, number)))
            .order_by(documents.c.id)
        )
        wanted = "".join(number.casefold().split())
        return [one for one in found if "".join(one.fields.doc_number.casefold().split()) == wanted]

    async def _found(self, query: Select[Any]) -> list[Document]:
        return [self._document(row) for row in (await self._connection.execute(query)).mappings()]

    def _document(self, row: RowMapping) -> Document:
        return Document(
            id=row["id"],
            user_id=row["user_id"],
            object_key=row["object_key"],
            content_type=row["content_type"],
            size_bytes=row["size_bytes"],
            fields=DocumentFields(
                doc_type=row["doc_type"],
                doc_number=self._sealer.open(row["doc_number"], pii(row["user_id"], DOC_NUMBER)).decode(),
                doc_expire=row["doc_expire"],
                doc_issue=row["doc_issue"],
                doc_category=row["doc_category"],
                identificator=row["identificator"],
                metadata=row["metadata"],
            ),
            state=DocumentState(row["state"]),
            reason=row["reason"],
            reviewed_by=row["reviewed_by"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
