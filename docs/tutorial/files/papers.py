"""Make the tutorial's two files: an invoice and a call script, dated today."""

import datetime
import sys
from pathlib import Path

import typst

INVOICE = """
= Invoice
Redline Calls Ltd \\
Invoice number: RC-1001 \\
Invoice date: {day} \\
Service period: {day} to {day} \\
Telemarketing, 120 calls: EUR 800.00 \\
Net total EUR 800.00 \\
Tax EUR 0.00 \\
Total amount due EUR 800.00
"""
SCRIPT = """
= Call script, {day}
Good morning. I am calling about the sensors of Northgate Systems. May I ask who looks after
your production line?
"""

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
day = datetime.date.today().isoformat()
for name, text in (("invoice", INVOICE), ("script", SCRIPT)):
    (folder / f"{name}.typ").write_text(text.format(day=day), encoding="utf-8")
    (folder / f"{name}.pdf").write_bytes(typst.compile(folder / f"{name}.typ"))
    print(folder / f"{name}.pdf")
