"""Addresses of dry-run audits."""

from django.urls import path

from counterfoil.interfaces.console.engagements import (
    asking,
    closing,
    drawing,
    findings,
    listing,
    page,
    papers,
)

urlpatterns = [
    path("", listing.engagements, name="engagements"),
    path("new", listing.new, name="engagement_new"),
    path("papers/<str:paper_id>", papers.paper, name="engagement_paper"),
    path("papers/<str:paper_id>/answer", papers.answer_one, name="engagement_answer"),
    path("requests/<str:ask_id>/reply", asking.reply, name="engagement_reply"),
    path("findings/<str:finding_id>/withdraw", findings.withdraw, name="engagement_withdraw"),
    path("findings/<str:finding_id>/refine", findings.refine, name="engagement_refine"),
    path("refinements/<str:refinement_id>/done", findings.done, name="engagement_done"),
    path("<str:engagement_id>", page.engagement, name="engagement"),
    path("<str:engagement_id>/draw", drawing.draw, name="engagement_draw"),
    path("<str:engagement_id>/population", page.population, name="engagement_population"),
    path("<str:engagement_id>/plan", drawing.plan, name="engagement_plan"),
    path("<str:engagement_id>/sample", drawing.sample, name="engagement_sample"),
    path("<str:engagement_id>/ask", asking.ask, name="engagement_ask"),
    path("<str:engagement_id>/finding", findings.write, name="engagement_finding"),
    path("<str:engagement_id>/close", closing.close, name="engagement_close"),
    path("<str:engagement_id>/report", closing.report, name="engagement_report"),
    path("<str:engagement_id>/report.pdf", closing.pdf, name="engagement_pdf"),
    path("<str:engagement_id>/workbook", closing.workbook, name="engagement_workbook"),
    path("<str:engagement_id>/pack", closing.pack, name="engagement_pack"),
]
