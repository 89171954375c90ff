"""What is promised within a time, on a machine that may stand still for longer than that: it is looked at again, a bounded
number of times. Who never keeps the promise fails."""
import functools

TRIES = 12


class Late(Exception):
    """Seen too late, or too little of it: by a busy machine, or by a product that is too slow."""


def as_often_as_late(test):
    """All of the test once more, from its beginning, for as long as it raises Late; TRIES times at most."""
    @functools.wraps(test)
    def run(self):
        for _ in range(TRIES):
            try:
                return test(self)
            except Late:
                pass
        raise AssertionError(f"{TRIES} keer te laat, of te weinig gezien")
    return run
