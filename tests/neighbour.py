"""A second thread, as JupyterLab's subshell is for a kernel."""

import queue
import threading

from tests.patience import PATIENCE


class Neighbour:
    """A thread that is there before anything begins, and works on demand."""

    def __init__(self):
        self._work, self._done = queue.SimpleQueue(), queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while function := self._work.get():
            try:
                self._done.put((function(), None))
            except BaseException as error:
                self._done.put((None, error))

    def start(self, function):
        self._work.put(function)

    def result(self):
        value, error = self._done.get(timeout=PATIENCE)
        if error:
            raise error
        return value

    def do(self, function):
        self.start(function)
        return self.result()

    def leave(self):
        self._work.put(None)
