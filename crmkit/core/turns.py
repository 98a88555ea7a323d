"""Turns: the writers of one process, each after the one that came before.

SQLite lets whoever asks again at the right moment be next, so one that is unlucky
waits for seconds; here they stand in a row. Other processes are not in it: for them
the database's own lock stays.
"""

from __future__ import annotations

from collections import deque
from threading import Event, Lock


class Turns:
    """A row of threads, of which the first works."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._is_taken = False

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def take(self, seconds: float) -> bool:
        """Wait for one's turn, at most so long; whether it came."""
        called = Event()
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():
                return True
            self._waiting.remove(called)
            return False

    def give(self) -> None:
        """Let the next one work."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False
