"""The form for an appendix with its file."""

from __future__ import annotations

from commissioning import labels
from commissioning.reports.forms import SECRECY
from commissioning.reports.uploads import ENDINGS, MAX_BYTES
from commissioning.web.formbase import BaseForm, ConfirmField, RadiosField, TextField, UploadField, choice


class AppendixForm(BaseForm):
    """Title, kind, marks and file of an appendix."""

    title = TextField("Title", required="Enter the appendix’s title", max_length=300)
    kind = RadiosField("What is it?", [choice(c, w) for c, w in labels.APPENDIX_KINDS.items()], noun="what it is")
    file = UploadField(
        "File", endings=ENDINGS, max_bytes=MAX_BYTES,
        hint="PDF, DOCX, XLSX, PPTX, PNG, JPG, TXT or CSV, at most 20 MB, without macros or passwords",
    )  # fmt: skip
    is_illustrative = ConfirmField("Mark", "For illustrative purposes: its figures are an example")
    secrecy = RadiosField("Who may read this appendix", SECRECY)
