"""Addresses of funds and the ledger."""

from django.urls import path

from counterfoil.interfaces.console.funds import (
    ledger,
    months,
    open_amounts,
    over_time,
    plans,
    set_up,
    views,
)

urlpatterns = [
    path("funds/", views.funds, name="funds"),
    path("funds/export", views.export, name="funds_export"),
    path("funds/plans", plans.plan_stages, name="plan_stages"),
    path("funds/plans/export", plans.plan_export, name="plan_export"),
    path("funds/plans/<str:use_id>/<str:month>", plans.plan_month, name="plan_month"),
    path("funds/months", over_time.money_over_time, name="money_months"),
    path("funds/months/export", over_time.money_export, name="money_export"),
    path("funds/new", set_up.fund_new, name="fund_new"),
    path("funds/<str:fund_id>", views.fund, name="fund"),
    path("funds/<str:fund_id>/earn", set_up.earn, name="fund_earn"),
    path("funds/<str:fund_id>/lapse", set_up.lapse, name="fund_lapse"),
    path("funds/<str:fund_id>/budget", set_up.budget, name="fund_budget"),
    path("ledger/open", open_amounts.open_list, name="open_amounts"),
    path("ledger/open/export", open_amounts.open_export, name="open_export"),
    path("months/", months.months, name="months"),
    path("months/<str:code>/close", months.month_close, name="month_close"),
    path("months/<str:code>/reopen", months.month_reopen, name="month_reopen"),
    path("ledger/entries/<str:entry_id>", ledger.entry, name="entry"),
    path("ledger/accounts/<str:code>", ledger.account, name="account"),
]
