"""Verify an export of the audit trail. Needs Python 3.8 or newer and nothing else.

    python verify_audit.py EXPORT.jsonl [CHECKPOINT_FILE ...]

Checks that every chain is whole and in order, that each hash is that of its bytes, that the words given with an event
are those which its bytes bind, that each checkpoint is the root of its leaves and follows from the one before, and that
every chain head that a checkpoint saw is in the file. Checkpoint files kept outside the service (CHECKPOINT_DIR) can be
named as well: then the export must hold each of them. Exit code 0: whole; 1: not whole, each fault on a line.

What this cannot see: what was cut off, or written anew, after the last checkpoint that you can trust. Words marked
"withheld" are secret and stayed in the service: their events are checked, the words are not.
"""

import hashlib
import hmac
import json
import sys


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def root_of(record):
    """The root that a checkpoint must have."""
    leaves = sorted(tuple(leaf) for leaf in record["leaves"])
    lines = "".join("{} {} {}\n".format(*leaf) for leaf in leaves)
    return sha256(
        canonical(
            {
                "v": 1,
                "nominal_at": record["nominal_at"],
                "previous_root": record["previous_root"],
                "leaves": sha256(lines),
            }
        )
    )


class Verifier:
    def __init__(self):
        self.faults = []
        self.heads = {}  # chain -> (last seq, last hash)
        self.hashes = {}  # (chain, seq) -> hash
        self.erased = []
        self.recorded = {}  # chain -> last event whose words were lawfully erased
        self.withheld = 0
        self.checkpoints = 0
        self.roots = {}
        self.previous_root = ""
        self.end = None

    def fault(self, where, words):
        self.faults.append(f"{where}: {words}")

    def event(self, line):
        facts = json.loads(line["chained"])
        chain, seq = facts["chain"], facts["seq"]
        where = f"{chain} event {seq}"
        last, last_hash = self.heads.get(chain, (0, ""))
        if seq != last + 1:
            self.fault(where, "event %s is missing before it" % (last + 1))
        if facts["previous"] != last_hash:
            self.fault(where, "it does not follow from the event before")
        if sha256(line["chained"]) != line["hash"]:
            self.fault(where, "its bytes do not have its hash")
        if line["body"] == "here":
            mac = hmac.new(bytes.fromhex(line["salt"]), line["text"].encode("utf-8"), hashlib.sha256).hexdigest()
            if mac != facts["body_mac"]:
                self.fault(where, "its words were altered")
            elif chain == "erasures":
                erasure = json.loads(line["text"])
                self.recorded[erasure["of"]] = erasure["up_to"]
        elif line["body"] == "erased":
            self.erased.append((chain, seq))
        elif line["body"] == "withheld" and facts["case_id"] is not None:
            self.withheld += 1
        else:
            self.fault(where, "it has no words and does not say why")
        self.heads[chain] = (seq, line["hash"])
        self.hashes[(chain, seq)] = line["hash"]

    def checkpoint(self, line):
        where = "checkpoint of {}".format(line["nominal_at"])
        if line["previous_root"] != self.previous_root:
            self.fault(where, "it does not follow from the one before")
        if root_of(line) != line["root"]:
            self.fault(where, "it is not the root of its leaves")
        for chain, seq, leaf_hash in line["leaves"]:
            if (chain, seq) not in self.hashes:
                self.fault(where, f"it saw event {seq} of {chain}, which is not in the file")
            elif self.hashes[(chain, seq)] != leaf_hash:
                self.fault(where, f"it saw event {seq} of {chain} with another hash")
        self.checkpoints += 1
        self.roots[line["nominal_at"]] = self.previous_root = line["root"]

    def kept(self, path):
        """A checkpoint file that was kept outside."""
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        if root_of(record) != record["root"]:
            self.fault(path, "it is not the root of its leaves")
        elif self.roots.get(record["nominal_at"]) != record["root"]:
            self.fault(path, "the export does not hold this checkpoint")

    def line(self, line):
        if self.end is not None:
            self.fault("export", "there are lines after its end")
        elif line["type"] == "event":
            self.event(line)
        elif line["type"] == "checkpoint":
            self.checkpoint(line)
        elif line["type"] == "end":
            self.end = line
        elif line["type"] != "header" or line["v"] != 1:
            self.fault("export", "a line of unknown type: {}".format(line["type"]))

    def finish(self):
        for chain, seq in self.erased:
            if chain == "erasures" or seq > self.recorded.get(chain, 0):
                self.fault(f"{chain} event {seq}", "its words are gone and no erasure is on record")
        if self.end is None:
            self.fault("export", "its end is missing")
        elif (self.end["events"], self.end["checkpoints"]) != (len(self.hashes), self.checkpoints):
            self.fault("export", "it does not hold as many events and checkpoints as its end says")


def main(arguments):
    if not arguments:
        print(__doc__)
        return 2
    verifier = Verifier()
    with open(arguments[0], encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                verifier.line(json.loads(text))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                verifier.fault(f"line {number}", f"it cannot be read ({type(error).__name__}: {error})")
    verifier.finish()
    for path in arguments[1:]:
        try:
            verifier.kept(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            verifier.fault(path, f"it cannot be read as a checkpoint ({error})")
    for fault in verifier.faults:
        print(fault)
    verdict = f"{len(verifier.faults)} faults" if verifier.faults else "whole"
    print(
        f"{len(verifier.hashes)} events in {len(verifier.heads)} chains, {verifier.checkpoints} checkpoints, "
        f"{len(verifier.erased)} events with erased words, {verifier.withheld} with withheld words: {verdict}"
    )
    return 1 if verifier.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
