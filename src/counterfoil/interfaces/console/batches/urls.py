"""Addresses of payment batches."""

from django.urls import path

from counterfoil.interfaces.console.batches import acts, listing, outside, page, sending

urlpatterns = [
    path("batches/", listing.batches, name="payment_batches"),
    path("batches/ready", listing.ready, name="pay_ready"),
    path("batches/seal", acts.seal, name="payments_seal"),
    path("batches/hold/<str:payable_ref>", acts.hold, name="payable_hold"),
    path("batches/lift/<str:hold_id>", acts.lift, name="payable_lift"),
    path("batches/outside", outside.outside, name="outside"),
    path("batches/outside/compare", outside.compare, name="outside_compare"),
    path("batches/outside/adopt", outside.adopt, name="outside_adopt"),
    path("batches/outside/unlock", outside.unlock, name="outside_unlock"),
    path("batches/outside/<str:finding_id>", outside.explain, name="outside_explain"),
    path("batches/<str:batch_id>", page.batch, name="payment_batch"),
    path("batches/<str:batch_id>/clear/<str:finding_id>", acts.clear, name="finding_clear"),
    path("batches/<str:batch_id>/approve", acts.approve, name="payments_approve"),
    path("batches/<str:batch_id>/withdraw", acts.withdraw, name="payments_withdraw"),
    path("batches/<str:batch_id>/void", acts.void, name="payments_void"),
    path("batches/<str:batch_id>/release", sending.release, name="payments_release"),
    path("batches/<str:batch_id>/dispatch", sending.dispatch, name="payments_dispatch"),
    path("batches/<str:batch_id>/download", sending.download, name="payments_download"),
    path("batches/<str:batch_id>/ask", sending.ask, name="payments_ask"),
    path("batches/<str:batch_id>/unknown", sending.unknown, name="payments_unknown"),
    path("batches/<str:batch_id>/receipt", sending.receipt, name="payments_receipt"),
    path("batches/<str:batch_id>/close", sending.close, name="payments_close"),
]
