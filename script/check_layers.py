#!/usr/bin/env python3
"""Checks that each layer includes only what lies below it: base <- storage <- core <- server; clients know generated code only.

Prints every include that breaks a rule, and exits with 1 if there is one. Also refuses file names that say nothing.
"""
import pathlib
import re
import subprocess
import sys

# Layer -> the project folders it may include from. Generated code (yilan/, google/, grpc/) is open to all but base and storage.
ALLOWED = {
    "base": {"base"},
    "storage": {"base", "storage"},
    "core": {"base", "storage", "core"},
    "server": {"base", "storage", "core", "server"},
    "clients": {"base", "clients"},
}
BACKENDS = ("storage/memory/", "storage/rocksdb/", "storage/mysql/")
NO_GENERATED = {"base", "storage"}
VAGUE = re.compile(r"(^|[_/])(util|utils|helper|helpers|manager|common|misc)[._]")


def broken_rule(path, included):
    layer = path.split("/")[0]
    folder = included.split("/")[0]
    if folder in ALLOWED:
        if folder not in ALLOWED[layer]:
            return f"{layer} must not know {folder}"
        if layer == "core" and included.startswith(BACKENDS):
            return "core knows the storage interface, never a backend"
        if layer == "storage" and included.startswith(BACKENDS):
            own = "/".join(path.split("/")[:2]) + "/"
            if included.startswith(BACKENDS) and not included.startswith(own):
                return "a backend, or the interface, must not know another backend"
    elif folder == "yilan" and layer in NO_GENERATED and included.endswith(".pb.h"):
        return f"{layer} must not know messages"
    elif folder == "tests":
        return "only tests include tests"
    return None


def main():
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc"],
        check=True, capture_output=True, text=True).stdout.split()
    failures = 0
    for path in files:
        if VAGUE.search(path):
            print(f"{path}: a name that says nothing; name what is in it")
            failures += 1
        if path.split("/")[0] not in ALLOWED or not pathlib.Path(path).exists():
            continue
        for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
            match = re.match(r'#include "([^"]+)"', line)
            rule = match and broken_rule(path, match.group(1))
            if rule:
                print(f"{path}:{number}: includes {match.group(1)}: {rule}")
                failures += 1
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
