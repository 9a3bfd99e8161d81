"""Addresses of what is owed on its way to being paid."""

from django.urls import path

from counterfoil.interfaces.console.payables import batches, paid_list, payees, ready

urlpatterns = [
    path("ready-to-pay/", ready.ready, name="ready_to_pay"),
    path("ready-to-pay/seal", ready.seal, name="bills_seal"),
    path("bills/", batches.bills, name="bills"),
    path("bills/paid-list", paid_list.read, name="paid_list"),
    path("bills/<str:batch_id>", batches.batch, name="batch"),
    path("bills/<str:batch_id>/release", batches.release, name="batch_release"),
    path("bills/<str:batch_id>/void", batches.void, name="batch_void"),
    path("bills/<str:batch_id>/file", batches.file, name="batch_file"),
    path("payees/", payees.payees, name="payees"),
    path("payees/new", payees.enter, name="payee_new"),
    path("payees/<str:payee_id>", payees.payee, name="payee"),
    path("payees/<str:payee_id>/check", payees.check, name="payee_check"),
    path("payees/<str:payee_id>/hold", payees.hold, name="payee_hold"),
]
