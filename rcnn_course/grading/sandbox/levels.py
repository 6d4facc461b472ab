"""How far a submission is kept apart from everything else, as data for all who say or test it.

Which level a machine allows is found out by `kernel.trial`.
"""

from dataclasses import dataclass

REACHES = {
    "files": "read or change the gradebook, the answers, other submissions or your files",
    "packages": "change Python, the packages or the course's library",
    "secrets": "read your environment variables",
    "processes": "look into another process, or signal it",
    "network": "reach the network, a server of this machine or another process's socket",
    "keyring": "use the keys that Linux holds for you",
    "stays": "leave a process running when it has been graded",
    "resources": "use more memory, processes, time or disk than it is allowed",
    "names": "learn that a file or a process is there, and how large a file is (not what is in it)",
    "crowd": "for a fraction of a second, until it is ended, take the processes that others need",
}
"""What a submission may try, by key: 'keeps a submission from ...', 'lets a submission ...'."""


@dataclass(frozen=True)
class Level:
    """A level of isolation.

    Attributes:
        name: how it is called, after 'in a sandbox'; 'full' for the best.
        lets: what it does not keep a submission from, by key of `REACHES`.
        lacks: what does not work in a notebook there, in a sentence, or ''.
        needs: "bubblewrap" or "Landlock".
    """

    name: str
    lets: tuple[str, ...] = ()
    lacks: str = ""
    needs: str = "bubblewrap"

    @property
    def keeps_out(self) -> tuple[str, ...]:
        """What it keeps a submission from, by key of `REACHES`."""
        return tuple(key for key in REACHES if key not in self.lets)


FULL = Level("full")
WITHOUT_PROC = Level("without /proc", lacks="a notebook cannot look at its own processes in /proc")
WITHOUT_NAMESPACES = Level(
    "without namespaces",
    lets=("names", "crowd"),
    lacks="a notebook has no /tmp but the folder that tempfile gives it, and cannot share memory "
    "between processes (multiprocessing, num_workers)",
    needs="Landlock",
)

LEVELS = {level.name: level for level in (FULL, WITHOUT_PROC, WITHOUT_NAMESPACES)}
"""By name, the best first."""
