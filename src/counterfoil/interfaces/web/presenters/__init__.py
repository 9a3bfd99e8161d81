"""Values into the words and figures of the screen.

Everything that a template prints is formatted here, so that templates stay free of logic:
`figures` (money, shares, sizes, bars), `moments` (dates, times, clocks), `statuses` (the words of
MISSION 6 with icon and tone), `charts` (columns as the server draws them), `parts` (the small
records that the shared partials print) and `fields` (form fields). Nothing here reads a database
or a clock.
"""

from counterfoil.interfaces.web.presenters.charts import Chart, ChartSeries, column_chart
from counterfoil.interfaces.web.presenters.fields import FieldPart, OptionPart, field_of
from counterfoil.interfaces.web.presenters.figures import (
    AmountStep,
    MoneyText,
    Segment,
    amount_steps,
    bar_segments,
    format_count,
    format_share,
    format_size,
    percent_of,
    show_money,
)
from counterfoil.interfaces.web.presenters.moments import (
    ClockText,
    MomentText,
    format_day,
    format_period,
    format_span,
    show_clock,
    show_day,
    show_moment,
)
from counterfoil.interfaces.web.presenters.parts import (
    Act,
    Crumb,
    Empty,
    Failed,
    GlanceItem,
    Me,
    Missing,
    NavItem,
    NavSection,
    Pager,
    Step,
    Tab,
    glance_of,
    initials,
    short_hash,
)
from counterfoil.interfaces.web.presenters.statuses import (
    MONEY_STAGES,
    OUTCOMES,
    PROTECTION,
    REVIEW_STATES,
    TURNS,
    VERDICTS,
    Status,
    status_of,
)

__all__ = [
    "MONEY_STAGES",
    "OUTCOMES",
    "PROTECTION",
    "REVIEW_STATES",
    "TURNS",
    "VERDICTS",
    "Act",
    "AmountStep",
    "Chart",
    "ChartSeries",
    "ClockText",
    "Crumb",
    "Empty",
    "Failed",
    "FieldPart",
    "GlanceItem",
    "Me",
    "Missing",
    "MomentText",
    "MoneyText",
    "NavItem",
    "NavSection",
    "OptionPart",
    "Pager",
    "Segment",
    "Status",
    "Step",
    "Tab",
    "amount_steps",
    "bar_segments",
    "column_chart",
    "field_of",
    "format_count",
    "format_day",
    "format_period",
    "format_share",
    "format_size",
    "format_span",
    "glance_of",
    "initials",
    "percent_of",
    "short_hash",
    "show_clock",
    "show_day",
    "show_moment",
    "show_money",
    "status_of",
]
