#!/usr/bin/env python3
"""Lists the command-line flags of vLLM and SGLang at pinned versions, from the sources in their wheels.

    python3 scripts/engine-flags.py            writes test/constructs/serving/engines/flags/<engine>-<version>.json
    python3 scripts/engine-flags.py --check    compares instead, and ends with 1 when a file differs

The wheels are downloaded with pip, read, and thrown away; nothing of them is imported or installed.
"""

import argparse
import ast
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

FLAGS = pathlib.Path(__file__).resolve().parent.parent / "test/constructs/serving/engines/flags"

PINNED = [("vllm", "0.18.1"), ("vllm", "0.32.0"), ("vllm", "0.33.0"), ("sglang", "0.5.23")]


class Sources:
    """The Python sources of a wheel, parsed when asked for."""

    def __init__(self, wheel):
        self.archive = zipfile.ZipFile(wheel)
        self.names = [name for name in self.archive.namelist() if name.endswith(".py")]

    def under(self, *prefixes):
        return [name for name in self.names if name.startswith(prefixes)]

    def tree(self, name):
        return ast.parse(self.archive.read(name))

    def classes(self, *prefixes):
        found = {}
        for name in self.under(*prefixes):
            for node in ast.walk(self.tree(name)):
                if isinstance(node, ast.ClassDef):
                    found[node.name] = node
        return found


def constants(nodes):
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def mentions(node, name):
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node))


def fields(node):
    """Annotated fields of a class: name and annotation."""
    return [(part.target.id, part.annotation) for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]


def added(tree):
    """The calls of add_argument that add a flag."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            names = [name for name in constants(node.args) if name.startswith("-")]
            if names:
                yield node, names


def negated(names):
    """What argparse.BooleanOptionalAction adds to a flag."""
    return ["--no-" + name[2:] for name in names if name.startswith("--")]


def action_of(call):
    for keyword in call.keywords:
        if keyword.arg == "action":
            return ast.unparse(keyword.value)
    return ""


def dashed(name):
    return "--" + name.replace("_", "-")


def vllm_flags(sources):
    """EngineArgs and AsyncEngineArgs add flags that are described by configuration classes; the server adds its own."""
    configuration = sources.classes("vllm/config/")
    flags = set()
    engine = sources.tree("vllm/engine/arg_utils.py")
    described = {
        target.id: node.value.args[0].id
        for node in ast.walk(engine)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and getattr(node.value.func, "id", "") == "get_kwargs"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call, names in added(engine):
        flags.update(names)
        for keyword in call.keywords:
            # **scheduler_kwargs["enable_chunked_prefill"]: a boolean of the configuration is a flag and its negation.
            for part in ast.walk(keyword.value) if keyword.arg is None else []:
                if not (isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name)):
                    continue
                owner = configuration.get(described.get(part.value.id, ""))
                annotation = dict(fields(owner)).get(getattr(part.slice, "value", "")) if owner else None
                if annotation is not None and mentions(annotation, "bool"):
                    flags.update(negated(names))
        if "BooleanOptionalAction" in action_of(call):
            flags.update(negated(names))
    server = [name for name in sources.under("vllm/entrypoints/") if name.endswith("/cli_args.py") and "/cli/" not in name]
    for name in server:
        tree = sources.tree(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith("FrontendArgs"):
                for field, annotation in fields(node):
                    flags.add(dashed(field))
                    if mentions(annotation, "bool"):
                        flags.update(negated([dashed(field)]))
        for _, names in added(tree):
            flags.update(names)
    return flags


def sglang_flags(sources):
    """Flags come from annotated fields (`A[type, Arg(...)]`) of the classes that ServerArgs is made of, and a few by hand."""
    flags = set()
    for name in sources.under("sglang/srt/arg_groups/fields/"):
        for node in ast.walk(sources.tree(name)):
            if not isinstance(node, ast.ClassDef):
                continue
            for field, annotation in fields(node):
                if not (isinstance(annotation, ast.Subscript) and getattr(annotation.value, "id", "") == "A"):
                    continue
                details = next((part for part in ast.walk(annotation) if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "Arg"), None)
                given = {keyword.arg: keyword.value for keyword in details.keywords} if details else {}
                if getattr(given.get("no_cli"), "value", False):
                    continue
                names = [given["cli_name"].value if "cli_name" in given else dashed(field)]
                if isinstance(given.get("aliases"), ast.List):
                    names += constants(given["aliases"].elts)
                flags.update(names)
                if "action" in given and "BooleanOptionalAction" in ast.unparse(given["action"]):
                    flags.update(negated(names))
    for call, names in added(sources.tree("sglang/srt/server_args.py")):
        flags.update(names)
        if "BooleanOptionalAction" in action_of(call):
            flags.update(negated(names))
    return flags


READERS = {"vllm": vllm_flags, "sglang": sglang_flags}


def read(engine, version):
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--dest", directory, f"{engine}=={version}"],
            check=True,
        )
        wheel = next(pathlib.Path(directory).glob("*.whl"))
        flags = READERS[engine](Sources(wheel))
    return {"engine": engine, "version": version, "source": f"{engine} {version} wheel on PyPI", "flags": sorted(flags)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    arguments = parser.parse_args()
    differing = []
    for engine, version in PINNED:
        text = json.dumps(read(engine, version), indent=2) + "\n"
        path = FLAGS / f"{engine}-{version}.json"
        if not arguments.check:
            path.write_text(text)
            print(f"{path.name}: {text.count(chr(10)) - 7} flags")
        elif not path.exists() or path.read_text() != text:
            differing.append(path.name)
    if differing:
        sys.exit(f"{', '.join(differing)}: expected the flags of the pinned wheels, got others; run python3 scripts/engine-flags.py")


if __name__ == "__main__":
    main()
