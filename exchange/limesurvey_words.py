"""What LimeSurvey says by itself, what its letters and settings mean, and why most settings have no counterpart."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.loss import told
from survey.marking import _

TYPES: Mapping[str, str] = {
    "L": told(_("list of options")),
    "!": told(_("dropdown list")),
    "O": told(_("list with a comment")),
    "5": told(_("five points")),
    "F": told(_("array")),
    "H": told(_("array by column")),
    "A": told(_("array of five points")),
    "B": told(_("array of ten points")),
    "C": told(_("array of yes, no, uncertain")),
    "E": told(_("array of increase, same, decrease")),
    "1": told(_("array of two scales")),
    ":": told(_("array of numbers")),
    ";": told(_("array of texts")),
    "M": told(_("multiple choice")),
    "P": told(_("multiple choice with comments")),
    "R": told(_("ranking")),
    "Y": told(_("yes or no")),
    "G": told(_("gender")),
    "N": told(_("number")),
    "K": told(_("several numbers")),
    "S": told(_("short text")),
    "T": told(_("long text")),
    "U": told(_("huge text")),
    "Q": told(_("several short texts")),
    "D": told(_("date and time")),
    "X": told(_("text display")),
    "*": told(_("equation")),
    "|": told(_("files to send")),
    "I": told(_("choice of language")),
}

UNCERTAIN: Mapping[str, str] = {
    "fi": "En osaa sanoa",
    "sv": "Osäker",
    "en": "Uncertain",
    "uk": "Не знаю",
    "ru": "Не знаю",
    "ar": "غير متأكد",
    "so": "Ma hubo",
}
INCREASE: Mapping[str, str] = {
    "fi": "Lisääntyy",
    "sv": "Ökar",
    "en": "Increase",
    "uk": "Збільшиться",
    "ru": "Увеличится",
    "ar": "يزداد",
    "so": "Wuu kordhaa",
}
SAME: Mapping[str, str] = {
    "fi": "Pysyy samana",
    "sv": "Är oförändrat",
    "en": "Same",
    "uk": "Не зміниться",
    "ru": "Не изменится",
    "ar": "يبقى كما هو",
    "so": "Waa sidii hore",
}
DECREASE: Mapping[str, str] = {
    "fi": "Vähenee",
    "sv": "Minskar",
    "en": "Decrease",
    "uk": "Зменшиться",
    "ru": "Уменьшится",
    "ar": "ينقص",
    "so": "Wuu yaraadaa",
}
FEMALE: Mapping[str, str] = {
    "fi": "Nainen",
    "sv": "Kvinna",
    "en": "Female",
    "uk": "Жінка",
    "ru": "Женщина",
    "ar": "أنثى",
    "so": "Dheddig",
}
MALE: Mapping[str, str] = {
    "fi": "Mies",
    "sv": "Man",
    "en": "Male",
    "uk": "Чоловік",
    "ru": "Мужчина",
    "ar": "ذكر",
    "so": "Lab",
}

_LOOKS = told(_("How a question looks is settled by Mittari's pages."))
_ORDER = told(_("The order is the same for everybody."))
_FILTER = told(_("Which rows or options are offered cannot depend on other answers: all are offered."))
_TIME = told(_("There are no time limits."))
_RESULTS = told(_("What is shown of the answers is settled by Mittari's report."))
_RULE = told(_("A rule about several answers together, or one that is worked out, has no counterpart."))
_PAGES = told(_("How one moves through the questions is settled by Mittari's pages."))
_KEPT = told(_("What is kept beside the answers is the same for every instrument."))
_WHEN = told(_("Who is asked, and when, stands in services.yaml and site.yaml."))
_WHOM = told(_("Whom to write to stands in site.yaml."))
NO_COUNTERPART = told(_("It has no counterpart."))

_ATTRIBUTES: Mapping[str, str] = {
    _LOOKS: """
        answer_width answer_width_bycolumn button_size category_separator choice_input_columns choice_title
        crop_or_resize cssclass display_columns display_rows display_type dropdown_dates
        dropdown_dates_minute_step dropdown_dates_month_style dropdown_dates_year_max dropdown_dates_year_min
        dropdown_prefix dropdown_prepostfix dropdown_separators dropdown_size fix_height fix_width hide_tip
        horizontal_scroll image input_size javascript keep_aspect label_input_columns other_position
        other_position_code page_break placeholder printable_help question_template rank_title repeat_headings
        reverse samechoiceheight samelistheight show_grand_total show_handle show_number show_search show_tick
        show_totals showpopups slider_custom_handle slider_default slider_default_set slider_handle
        slider_middlestart slider_orientation slider_rating slider_reset slider_reversed slider_showminmax
        text_input_columns text_input_width use_dropdown visualize width_entry""",
    _ORDER: "random_order random_group alphasort answer_order parent_order randomization rand_group_maxquestion",
    _FILTER: "array_filter array_filter_exclude array_filter_style exclude_all_others_auto",
    _RESULTS: """
        public_statistics statistics_showgraph statistics_graphtype statistics_showmap scale_export
        powerbiDataType powerbiHideThisQuestion powerbiCustomHeader assessment_value save_as_default""",
    _RULE: """
        em_validation_q em_validation_q_tip em_validation_sq em_validation_sq_tip equals_num_value max_num_value
        max_num_value_sgqa min_num_value min_num_value_sgqa num_value_equals_sgqa max_num_value_n
        min_num_value_n multiflexible_min multiflexible_max multiflexible_step value_range_allows_missing
        date_min date_max""",
}
ATTRIBUTES: Mapping[str, str] = {
    **{name: why for why, names in _ATTRIBUTES.items() for name in names.split()},
    **dict.fromkeys(
        ("min_answers", "max_answers", "max_subquestions"),
        told(_("It is worked out from other answers, or no number of answers that can be given.")),
    ),
}
USUAL: Mapping[str, tuple[str, ...]] = {
    "allowed_filetypes": ("png, gif, doc, odt, jpg, jpeg, pdf, png, heic", "png, gif, jpeg, jpg"),
    "answer_order": ("normal",),
    "array_filter_style": ("0",),
    "assessment_value": ("1",),
    "button_size": ("default",),
    "category_separator": ("-",),
    "commented_checkbox": ("checked",),
    "commented_checkbox_auto": ("1",),
    "display_columns": ("1",),
    "dropdown_dates_minute_step": ("1",),
    "fix_height": ("200",),
    "fix_width": ("-1",),
    "horizontal_scroll": ("0", "no"),
    "keep_aspect": ("0", "no"),
    "crop_or_resize": ("0", "resize"),
    "location_mapheight": ("300",),
    "location_mapwidth": ("500",),
    "location_mapzoom": ("11",),
    "max_filesize": ("10240",),
    "multiflexible_max": ("10",),
    "multiflexible_min": ("1",),
    "multiflexible_step": ("1",),
    "max_num_of_files": ("1",),
    "other_position": ("default", "end"),
    "powerbiDataType": ("default",),
    "question_template": ("core",),
    "relevance": ("1",),
    "samechoiceheight": ("1",),
    "samelistheight": ("1",),
    "show_comment": ("1",),
    "show_title": ("1",),
    "show_totals": ("X",),
    "showpopups": ("1",),
    "slider_custom_handle": ("f1ae",),
    "slider_default_set": ("1",),
    "slider_separator": ("|",),
    "slider_showminmax": ("1",),
    "statistics_showgraph": ("1",),
    "statistics_showmap": ("1",),
    "time_limit_action": ("1",),
    "value_range_allows_missing": ("1",),
}
"""Values of attributes that say nothing, beside those of NOTHING."""
NOTHING = ("", "0", "N", "no")
COUNTS_AT_ZERO = ("min_num_value_n", "max_num_value_n", "min_num_value", "max_num_value", "equals_num_value")
"""Attributes that say something with 0 too."""

_SETTINGS: Mapping[str, str] = {
    _PAGES: """
        format allowprev allowsave allowjumps questionindex showprogress showwelcome showxquestions
        showgroupinfo shownoanswer showqnumcode navigationdelay nokeyboard printanswers autoredirect
        alloweditaftercompletion tokenanswerspersistence showsurveypolicynotice showdatapolicybutton
        showlegalnoticebutton""",
    _KEPT: """
        datestamp private ipaddr ipanonymize refurl savetimings usecookie usecaptcha autonumber_start
        tokenencryptionoptions""",
    _WHEN: """
        usetokens allowregister tokenlength listpublic htmlemail sendconfirmation startdate expires
        attributedescriptions access_mode notification""",
    _RESULTS: "publicstatistics publicgraphs googleanalyticsstyle googleanalyticsapikey",
    _WHOM: """
        admin adminemail bounce_email emailresponseto emailnotificationto faxto bounceprocessing bouncetime
        bounceaccounttype bounceaccounthost bounceaccountpass bounceaccountencryption bounceaccountuser""",
}
SETTINGS: Mapping[str, str] = {
    **{name: why for why, names in _SETTINGS.items() for name in names.split()},
    "template": _LOOKS,
    "anonymized": told(
        _("Answers given with a code belong to a participation; a service that is 'open' needs no codes.")
    ),
}
PRIVATE = tuple(name for name, reason in SETTINGS.items() if reason == _WHOM)
"""Settings whose values a report does not repeat."""
USUAL_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "format": ("G",),
    "template": ("default", "fruity", "vanilla"),
    "allowprev": ("Y",),
    "allowsave": ("Y",),
    "showprogress": ("Y",),
    "showwelcome": ("Y",),
    "showxquestions": ("Y",),
    "showgroupinfo": ("B",),
    "shownoanswer": ("Y",),
    "showqnumcode": ("X",),
    "usecaptcha": ("D",),
    "htmlemail": ("Y",),
    "sendconfirmation": ("Y",),
    "tokenlength": ("15",),
    "autonumber_start": ("1",),
    "access_mode": ("O",),
    "attributedescriptions": ("[]", "a:0:{}"),
}
INHERITED = ("", "N", "I", "E", "0", "-1", "inherit")
"""Values of settings that say nothing, or that the installation of LimeSurvey says."""
NO_SETTINGS = ("sid", "gsid", "language", "additional_languages", "lastmodified", "owner_id", "datecreated", "active")
"""Columns that are no settings: they say which survey it is, or stand in the report as languages."""

TEXTS: Mapping[str, str] = {
    "surveyls_endtext": told(_("After the last question Mittari shows its own page of thanks.")),
    "surveyls_url": told(_("After the last question Mittari shows its own page of thanks.")),
    "surveyls_urldescription": told(_("After the last question Mittari shows its own page of thanks.")),
    "surveyls_dateformat": told(_("Dates are written as each language writes them.")),
    "surveyls_numberformat": told(_("Numbers are written as each language writes them.")),
    "surveyls_policy_notice": told(_("The privacy notice stands in site.yaml.")),
    "surveyls_policy_error": told(_("The privacy notice stands in site.yaml.")),
    "surveyls_policy_notice_label": told(_("The privacy notice stands in site.yaml.")),
    "surveyls_legal_notice": told(_("Notices stand in site.yaml.")),
    "surveyls_attributecaptions": _WHEN,
    "surveyls_alias": _WHEN,
}
MAILS = told(_("Mittari sends no e-mail of its own to those who answer."))
TABLES: Mapping[str, str] = {
    "quota": told(_("There are no quotas.")),
    "quota_members": told(_("There are no quotas.")),
    "quota_languagesettings": told(_("There are no quotas.")),
    "assessments": told(_("Texts that depend on points have no counterpart; results are shown by Mittari's report.")),
    "defaultvalues": told(_("Questions begin empty.")),
    "themes": _LOOKS,
    "themes_inherited": _LOOKS,
}
WHOLE = ("themes", "themes_inherited", "plugin_settings")
"""Tables that are one element, however many rows they have."""


def reason(attribute: str) -> str:
    """Why an attribute is left."""
    if attribute.startswith("time_limit"):
        return _TIME
    if attribute.startswith("location_"):
        return told(_("There are no maps."))
    return ATTRIBUTES.get(attribute, NO_COUNTERPART)


def says_something(attribute: str, value: str) -> bool:
    """Whether an attribute with this value changes anything."""
    if value in NOTHING:
        return value == "0" and attribute in COUNTS_AT_ZERO
    return value not in USUAL.get(attribute, ())
