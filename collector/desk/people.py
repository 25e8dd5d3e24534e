"""Who uses the desk, and what each role may open. One table, which every address is looked up in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from survey.frozen import dataclass
from survey.marking import _
from survey.staff import Role

ROLES: tuple[Role, ...] = get_args(Role)
ROLE_NAMES: Mapping[Role, str] = {
    "planner": _("Planner of the area"),
    "provider": _("Provider's coach"),
    "analyst": _("Analyst"),
    "officer": _("Data protection officer"),
}
Area = Literal[
    "today", "first", "participations", "reminders", "rates", "keying", "reports", "exports", "alarms", "words",
    "shelf", "papers", "requests", "log",
]  # fmt: skip
_EVERYBODY = frozenset(ROLES)
AREAS: Mapping[Area, frozenset[Role]] = {
    "today": _EVERYBODY,
    "first": frozenset({"planner"}),
    "participations": frozenset({"planner"}),
    "reminders": frozenset({"planner"}),
    "rates": frozenset({"planner", "provider", "analyst"}),
    "keying": frozenset({"planner"}),
    "reports": frozenset({"planner", "provider", "analyst"}),
    "exports": frozenset({"analyst"}),
    "alarms": frozenset({"planner", "provider"}),
    "words": frozenset(),
    "shelf": frozenset({"planner", "analyst"}),
    "papers": frozenset({"planner", "provider", "officer"}),
    "requests": frozenset({"planner", "officer"}),
    "log": frozenset({"planner", "officer"}),
}
"""The roles that may open each area. Open answers are for whoever the area has named, whatever else they do."""


MENU: tuple[tuple[Area, str, str], ...] = (
    ("today", "", _("Today")),
    ("first", "first", _("First measurement")),
    ("participations", "participations", _("Participations")),
    ("reminders", "reminders", _("Reminders")),
    ("rates", "rates", _("Response rates")),
    ("keying", "keying", _("Keying in")),
    ("reports", "results", _("Results")),
    ("alarms", "alarms", _("Alarms and thanks")),
    ("words", "words", _("Open answers")),
    ("shelf", "shelf", _("Questionnaires")),
    ("papers", "papers", _("Papers")),
    ("requests", "requests", _("What a person asks for")),
    ("log", "log", _("Log")),
)
"""The way around: areas with their first pages."""
WITHIN: Mapping[Area, Area] = {"exports": "reports"}
"""Areas that are reached from the first page of another."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the staff. `login` is what the log has; `provider` is the id in services.yaml of a provider's coach,
    who sees that provider's services alone; `releases` is the name of the role under which open answers are read and
    released, empty for whoever may not."""

    login: str
    roles: frozenset[Role]
    provider: str | None = None
    releases: str = ""
    chooses_role: bool = False
    """Whether this is somebody alone at a machine of their own, who says in which role they release open answers."""

    def may(self, area: Area) -> bool:
        """Whether an area is open to them."""
        if area == "words":
            return bool(self.releases) or self.chooses_role
        return bool(AREAS[area] & self.roles)

    @property
    def opens_answers(self) -> bool:
        """Whether they may open what one person answered, for that person: planners invite, and know whose number it
        is."""
        return "officer" in self.roles or self.chooses_role

    @property
    def of_area(self) -> bool:
        """Whether they are of the area's own staff: only these see who has answered."""
        return "planner" in self.roles

    def sees_provider(self, provider: str) -> bool:
        """Whether what concerns a provider is for their eyes."""
        return bool(self.roles - {"provider", "officer"}) or self.provider == provider
