"""The types of rows of XLSForms, and what is said of those that have no counterpart."""

from __future__ import annotations

import re

from exchange.loss import told
from survey.marking import _

PLACES = told(_("Mittari asks for no place on a map."))
FILES = told(_("Mittari takes no files, pictures or recordings from those who answer."))
MOMENTS = told(_("Mittari keeps the moment of answering by itself."))
DEVICES = told(_("Mittari keeps nothing about the device or its user."))
OUTSIDE = told(_("Its choices are in another file, or come from other answers."))
LEFT = {
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "gps", "location", "start-geopoint"), PLACES),
    **dict.fromkeys(("background-geopoint", "q location", "q geopoint", "q geotrace", "q geoshape"), PLACES),
    **dict.fromkeys(
        ("image", "photo", "audio", "video", "file", "background-audio", "osm", "q image", "q audio"), FILES
    ),
    **dict.fromkeys(("q video", "q picture", "add image prompt", "add photo prompt", "add audio prompt"), FILES),
    **dict.fromkeys(("add video prompt", "add file prompt", "add location prompt"), FILES),
    **dict.fromkeys(("barcode", "q barcode", "add barcode prompt"), told(_("Mittari reads no bar codes."))),
    **dict.fromkeys(("start", "end", "today", "start time", "end time", "get today"), MOMENTS),
    **dict.fromkeys(("get start time", "get end time"), MOMENTS),
    **dict.fromkeys(("deviceid", "device id", "get device id", "imei", "phonenumber", "get phone number"), DEVICES),
    **dict.fromkeys(
        ("simserial", "sim id", "get sim id", "subscriberid", "subscriber id", "username", "email"), DEVICES
    ),
    **dict.fromkeys(("uri:deviceid", "uri:phonenumber", "uri:simserial", "uri:subscriberid", "uri:username"), DEVICES),
    **dict.fromkeys(("uri:email", "get subscriber id"), DEVICES),
    "audit": told(_("Mittari keeps no record of how a form is filled in.")),
    **dict.fromkeys(("xml-external", "csv-external"), told(_("Mittari reads no tables from other files."))),
    "include": told(_("The questions of another form have to be imported from that form.")),
}
TYPES = {
    **dict.fromkeys(("integer", "int", "q int", "add integer prompt"), "integer"),
    **dict.fromkeys(("decimal", "q decimal", "add decimal prompt"), "decimal"),
    **dict.fromkeys(("text", "string", "q string", "add text prompt"), "text"),
    **dict.fromkeys(("note", "q note", "add note prompt"), "note"),
    **dict.fromkeys(("date", "q date", "add date prompt"), "date"),
    **dict.fromkeys(("datetime", "date time", "q datetime", "q date time", "add datetime prompt"), "datetime"),
    **dict.fromkeys(("add date time prompt",), "datetime"),
    "time": "time",
    **dict.fromkeys(("acknowledge", "trigger", "q acknowledge", "add acknowledge prompt"), "consent"),
    **dict.fromkeys(("calculate", "q calculate", "add calculate prompt"), "calculate"),
    "hidden": "hidden",
    "range": "range",
    **dict.fromkeys(("tel", "phone number"), "phone"),
    "percentage": "integer",
    **dict.fromkeys(("number of days in last month", "number of days in last six months"), "integer"),
    "number of days in last year": "integer",
}
BUILT_IN_MAXIMUM = {
    "percentage": 100,
    "number of days in last month": 31,
    "number of days in last six months": 183,
    "number of days in last year": 365,
}
SELECT = re.compile(
    r"(?i)(?P<command>select_one_from_file|select_multiple_from_file|select_one_external|select_one|select_multiple|rank"
    r"|select1|(?:add )?select (?:one|multiple)(?: (?:from|using|prompt using|from file))?"
    r"|select all that apply(?: from)?)"
    r" (?P<list>\S+)(?P<other> (?:or_other|or other|or specify other))?"
)
BEGIN = re.compile(r"(?i)begin[ _](group|repeat|lgroup|looped group|loop)(?: over \S+| \S+)?")
END = re.compile(r"(?i)end[ _](group|repeat|lgroup|looped group|loop)")
NEEDLESS = {
    "guidance_hint": told(_("Its guidance for interviewers was left out.")),
    "default": told(_("The answer that the form fills in beforehand was left out.")),
    "choice_filter": told(_("All options are offered: the form's filter of choices was left out.")),
    "trigger": told(_("What sets it off was left out.")),
    "image": told(_("Its picture was left out: only options have pictures.")),
    "big-image": told(_("Its picture was left out: only options have pictures.")),
    "audio": told(_("Its sound was left out.")),
    "video": told(_("Its film was left out.")),
    "required_message": told(_("Mittari's own words remind of an answer that is needed; the form's were left out.")),
    "repeat_count": told(_("How many times it is asked was left out.")),
    "calculation": told(_("What the form works out as its answer was left out.")),
    "read_only": told(_("That its answer cannot be changed was left out.")),
}
"""What is said of a cell that a question of ours has no use for."""
DROPDOWN = ("minimal", "autocomplete", "autocomplete_chars", "search")
SILENT = {"field-list", "table-list", "label", "list-nolabel", "likert", "multiline", "month-year", "year", *DROPDOWN}
"""Words of the column `appearance` that have been heeded, or change nothing."""
INTRO, TITLE = "form_intro", "form_title"
"""Names of the notes that our own forms begin with: the introduction, and the title in every language."""
