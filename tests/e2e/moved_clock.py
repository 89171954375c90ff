"""A node under faketime, which reads its offset from a file: the clock can be moved while the node runs."""
import subprocess

from support import as_owner, eventually, run


class MovedClock:
    """For a TestCase with `region` and `ORG`."""

    def setUp(self):
        self.region.stop_one(self.ORG)
        self.offset = self.region.path(self.ORG, "klok")
        self.set_offset("+0")
        library = subprocess.run("ls /usr/lib/*/faketime/libfaketimeMT.so.1", shell=True, capture_output=True,
                                 text=True, check=True).stdout.strip()
        self.fake = ["env", f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={self.offset}", "FAKETIME_NO_CACHE=1",
                     "DONT_FAKE_MONOTONIC=1"]
        self.node = None

    def set_offset(self, text):
        run(as_owner(["sh", "-c", 'printf "%s\\n" "$2" >"$1.nieuw"; mv "$1.nieuw" "$1"', "sh", self.offset, text]),
            check=True)

    def start(self):
        words = self.region.serve_words(self.ORG)
        at = words.index(self.region.path("ketenbrug"))
        self.node = subprocess.Popen(words[:at] + self.fake + words[at:], stderr=subprocess.DEVNULL)
        eventually("luistert", lambda: self.region.health_or_none(self.ORG), 30)

    def stop(self):
        subprocess.run(as_owner(["kill", "-TERM", str(self.node.pid)]), check=True)
        code = self.node.wait(30)
        self.node = None
        return code

    def restart(self):
        self.stop()
        self.start()

    def tearDown(self):
        if self.node is not None:
            self.assertEqual(self.stop(), 0)
        self.region.start_one(self.ORG)
