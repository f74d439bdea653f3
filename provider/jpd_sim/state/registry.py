"""The JPD registry of one Mission Control (contract: trust section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from jpd_sim.state.errors import Missing
from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

HOME_ID = "JPD-1"


@dataclass(frozen=True)
class Location:
    """Where a JPD is, for the map."""

    city_name: str
    country_code: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class RegisteredJpd:
    """One entry. `access_token` is what Mission Control holds for the target; none for home."""

    id: str
    name: str
    url: str
    """As it was registered, with a trailing slash."""
    base_url: str
    location: Location
    tags: tuple[str, ...] = ()
    access_token: str = field(default="", repr=False)


_HOME = RegisteredJpd(HOME_ID, "HOME", "http://jpd.local/", "", Location("Amsterdam", "NL", 52.37, 4.89))


class Registry(Kept):
    """The entries, home first. Ids are never given twice."""

    def __init__(self) -> None:
        self._jpds: Table[str, RegisteredJpd] = Table()
        self._last = 1
        self.clear()

    def listing(self) -> list[RegisteredJpd]:
        """All entries."""
        return list(self._jpds)

    def require(self, id_: str) -> RegisteredJpd:
        """The entry of that id, or Missing."""
        found = self._jpds.get(id_)
        if found is None:
            raise Missing(f"JPD with id {id_} was not found.")
        return found

    def taken(self, jpd: RegisteredJpd) -> bool:
        """Whether another entry has this one's name or URL."""
        others = [other for other in self._jpds if other.id != jpd.id]
        return any(other.name.lower() == jpd.name.lower() or other.url == jpd.url for other in others)

    def add(self, jpd: RegisteredJpd) -> RegisteredJpd:
        """Register under a new id."""
        self._last += 1
        added = replace(jpd, id=f"JPD-{self._last}")
        self._jpds.put(added.id, added)
        return added

    def change(self, jpd: RegisteredJpd) -> None:
        """Replace an entry."""
        self.require(jpd.id)
        self._jpds.put(jpd.id, jpd)

    def remove(self, id_: str) -> None:
        """Forget an entry; Missing when there is none."""
        self.require(id_)
        self._jpds.drop(id_)

    def clear(self) -> None:
        """Only home is left."""
        self._jpds.clear()
        self._jpds.put(HOME_ID, _HOME)
        self._last = 1
