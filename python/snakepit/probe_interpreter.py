"""Prints, as JSON, what `snakepit sync` must know of the interpreter that runs this file.

It is started as `python -I probe_interpreter.py` by whatever Python was found, so it imports only
the standard library and has no syntax that a Python 3.7 could not read.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import platform
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def mapped() -> Iterator[str]:
    """The libpython that this very process runs on (Linux)."""
    try:
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    for line in maps.splitlines():
        path = line.split(maxsplit=5)[-1]
        if Path(path).name.startswith("libpython"):
            yield path


def described() -> Iterator[str]:
    """The one that build-details.json names (PEP 739, from 3.14 on)."""
    try:
        details = Path(sysconfig.get_path("stdlib")) / "build-details.json"
        found = json.loads(details.read_text(encoding="utf-8"))
        dynamic = found.get("libpython", {}).get("dynamic")
        if dynamic:
            yield os.path.join(str(details.parent), found.get("base_prefix", ""), dynamic)
            yield dynamic
    except (OSError, ValueError):
        return


def framework() -> Iterator[str]:
    """The library of a macOS framework build."""
    prefix = sysconfig.get_config_var("PYTHONFRAMEWORKPREFIX")
    library = sysconfig.get_config_var("LDLIBRARY")
    if prefix and library:
        yield os.path.join(prefix, library)


def searched(executable: str) -> Iterator[str]:
    """Usual names in usual folders; the interpreter's own tree before what its build noted.

    A relocated interpreter (uv's, conda's) still names the folder it was built in.
    """

    def noted(name: str) -> str:
        return str(sysconfig.get_config_var(name) or "")

    version = sysconfig.get_python_version() + getattr(sys, "abiflags", "")
    names = [noted("INSTSONAME"), noted("LDLIBRARY")]
    names += [f"libpython{version}.{end}" for end in ("so", "so.1.0", "so.1", "dylib")]
    base, multiarch, beside = sys.base_prefix, noted("MULTIARCH"), os.path.dirname(executable)
    folders = [os.path.join(base, part) for part in ("lib", "lib64")]
    folders += [os.path.join(base, "lib", multiarch), base, os.path.join(beside, os.pardir, "lib")]
    folders += [beside, noted("LIBDIR"), os.path.join(noted("LIBDIR"), multiarch), noted("LIBPL")]
    for folder in folders:
        for name in names:
            if folder and name and not name.endswith(".a"):
                yield os.path.join(folder, name)


def answers(path: str) -> str:
    """Why a library is not this interpreter's, or an empty text when it is."""
    try:
        # Without DEEPBIND a statically linked interpreter's own symbols would answer instead.
        library = ctypes.CDLL(path, mode=getattr(os, "RTLD_DEEPBIND", 0) | os.RTLD_LOCAL)
        ask = library.Py_GetVersion
    except (OSError, AttributeError) as error:
        return str(error)
    ask.restype = ctypes.c_char_p
    version = (ask() or b"").decode("utf-8", "replace")
    return "" if version == sys.version else f"it is {version}"


def find_libpython(executable: str) -> tuple[str | None, list[str]]:
    """The shared library that belongs to this interpreter, and why others were refused."""
    seen: set[str] = set()
    refused: list[str] = []
    own = list(mapped())
    for path in [*own, *described(), *framework(), *searched(executable)]:
        real = os.path.realpath(path)
        if real in seen or not os.path.isfile(real):
            continue
        seen.add(real)
        why = "" if path in own else answers(real)
        if not why:
            return real, refused
        refused.append(f"{real}: {why}")
    return None, refused


def own_versions() -> dict[str, str | None]:
    """OpenSSL and zlib as this interpreter has them outside Node, to compare with inside."""

    def asked(module: str, name: str) -> str | None:
        try:
            return str(getattr(importlib.import_module(module), name))
        except ImportError:
            return None  # built without it

    return {
        "openssl": asked("ssl", "OPENSSL_VERSION"),
        "zlib": asked("zlib", "ZLIB_RUNTIME_VERSION"),
    }


def describe() -> dict[str, Any]:
    """Everything the provisioner asks."""
    executable = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
    about: dict[str, Any] = {
        "implementation": sys.implementation.name,
        "version": platform.python_version(),
        "executable": executable,
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "machine": platform.machine().lower(),
        "freeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "libpython": None,
        "refused": [],
        "openssl": None,
        "zlib": None,
    }
    if sys.implementation.name == "cpython" and sys.version_info >= (3, 11):
        about["libpython"], about["refused"] = find_libpython(executable)
        about.update(own_versions())
    return about


if __name__ == "__main__":
    json.dump(describe(), sys.stdout)
