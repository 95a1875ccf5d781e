"""`/reminders`: one's own messages. `/admin/messages`: what was sent to whom, for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.paths import path_of
from commissioning.reminders import commands, queries
from commissioning.web import access
from commissioning.web.filters import plural
from commissioning.web.requests import actor, page_number, reading, run, whole_number

blueprint = Blueprint("reminders", __name__)


@blueprint.get("/reminders")
@access.signed_in
def reminders() -> str:
    """One's own messages, newest first."""
    unread_only = request.args.get("show") == "unread"
    return render_template(
        "reminders/reminders.html",
        found=queries.list_inbox(reading(), actor(), unread=unread_only, page=page_number()),
        unread_count=queries.count_unread(reading(), actor()),
        unread_only=unread_only,
        path_of=path_of,
    )


@blueprint.post("/reminders/read")
@access.signed_in
def mark_read() -> Any:
    """Mark one message, or all of one's own, as read."""
    one = whole_number(request.form.get("message"))
    count = run(commands.mark_read, None if one is None else [one])
    if one is None and count:
        flash(f"{plural(count, 'message')} marked as read", "notice")
    return redirect(url_for("reminders.reminders", show=request.form.get("show") or None), 303)


@blueprint.get("/admin/messages")
@access.allowed("messages.read_log")
def messages() -> str:
    """The log of messages: to whom, about what, why, what became of them; never their text."""
    words, status = request.args.get("q", "")[:200].replace("\x00", ""), request.args.get("status", "")
    channel = "in_app" if request.args.get("channel") == "in_app" else "email"
    found = queries.list_log(reading(), words=words, status=status, channel=channel, page=page_number())
    return render_template(
        "reminders/messages.html",
        found=found,
        reasons=queries.list_reasons(reading(), found.messages),
        channel=channel,
        failed=queries.list_failed(reading()),
        words=words,
        status=status,
        message_statuses=list(labels.MESSAGE_STATUSES.items()),
    )


@blueprint.post("/admin/messages/<int:message_id>/retry")
@access.allowed("messages.read_log")
def retry_message(message_id: int) -> Any:
    """Queue an e-mail again."""
    run(commands.retry_message, message_id)
    flash("The message is queued again", "notice")
    return redirect(url_for("reminders.messages"), 303)
