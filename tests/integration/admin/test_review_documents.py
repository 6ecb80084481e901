"""Staff finds documents by their number and decides about single ones; the audit trail says who, what and why."""

import dataclasses
import datetime
from pathlib import Path

from pyxiu.adapters.objects.local import LocalObjects
from pyxiu.identity.activities import store
from pyxiu.identity.activities.model import ActivityFilter
from pyxiu.identity.kyc.model import Document, DocumentFields
from pyxiu.identity.kyc.read_fields import read_document
from pyxiu.identity.kyc.submit_documents import submit_documents
from pyxiu.identity.services import IdentityServices
from tests.support.api import Exchange, running_exchange
from tests.support.kyc import DOCUMENT, picture
from tests.support.staff import Browser, a_browser


async def handed_in(exchange: Exchange, member: Browser, number: str) -> Document:
    fields = read_document({**DOCUMENT, "doc_number": number}, today=datetime.date(2026, 11, 25), expiry_required=True)
    assert isinstance(fields, DocumentFields)
    submitted = await submit_documents(exchange.identity, member.user, fields, [picture()])
    assert isinstance(submitted, list)
    return submitted[0]


async def test_s4_documents_are_found_by_number_and_decided_with_a_reason(database_dsn: str, tmp_path: Path) -> None:
    def plugged(services: IdentityServices) -> IdentityServices:
        return dataclasses.replace(services, objects=LocalObjects(tmp_path, services.sealer))

    async with running_exchange(database_dsn, plugged=plugged) as exchange:
        staff = await a_browser(exchange, role="superadmin")
        support = await a_browser(exchange, role="support")
        ada, eve = await a_browser(exchange, level=2), await a_browser(exchange, level=2)
        first = await handed_in(exchange, ada, "AB 123")
        second = await handed_in(exchange, eve, "ab123")

        found = await staff.get("/admin/users/documents", doc_number="aB 1 2 3")
        assert found.status_code == 200, found.text
        assert [(row["uid"], row["document"]["doc_number"]) for row in found.json()] == [
            (ada.uid, "AB 123"),
            (eve.uid, "ab123"),
        ]
        opened = await exchange.anyone.get(found.json()[0]["document"]["upload"])
        assert opened.headers["content-disposition"].startswith("attachment")
        assert (await staff.get("/admin/users/documents", doc_number="AB")).json() == []
        refused = await support.get("/admin/users/documents", doc_number="AB123")
        assert refused.json()["errors"] == ["admin.ability.not_permitted"]

        decision = {"uid": eve.uid, "id": second.id, "state": "rejected", "reason": "the same passport as another's"}
        decided = await staff.put("/admin/users/documents", **decision)
        assert decided.status_code == 200, decided.text
        assert (decided.json()["state"], decided.json()["reason"]) == ("rejected", decision["reason"])
        assert (await staff.put("/admin/users/documents", **decision)).status_code == 404, "decided once"
        swapped = await staff.put("/admin/users/documents", uid=eve.uid, id=first.id, state="verified")
        assert swapped.status_code == 404, "a document of another member"
        for wrong, code in (({"state": "pending"}, "invalid_state"), ({"id": "x"}, "invalid_id")):
            answer = await staff.put("/admin/users/documents", **{**decision, **wrong})
            assert answer.json()["errors"] == [f"admin.document.{code}"]
        (shown,) = (await eve.get("/resource/documents")).json()
        assert (shown["state"], shown["reason"]) == ("rejected", decision["reason"])

        async with exchange.staff.database.connect() as connection:
            rows, _ = await store.page_of(connection, ActivityFilter(topic="documents"), limit=10, offset=0)
        (entry,) = [row for row in rows if row.after is not None]
        assert (entry.target_uid, entry.reason) == (eve.uid, decision["reason"])
        assert entry.before == {"document": second.id, "state": "pending"}
        assert entry.after == {"document": second.id, "state": "rejected"}
