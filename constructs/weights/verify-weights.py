"""Holds weights against the manifest that was written when they were imported, before an engine may read them.

    verify-weights.py --manifest FILE --sha256 HEX --directory DIR
    verify-weights.py --manifest FILE --sha256 HEX --bucket NAME --prefix KEY/

The first form reads every byte of files on a disk. The second reads no bytes: it compares the version, the size and the
SHA-256 checksum that S3 keeps of each object, for engines that stream weights from S3; it needs boto3.

Ends with 0 and one line of how much was checked, or with 1 and one line that names what differs. Needs Python 3.9.
"""

import argparse
import hashlib
import json
import os
import re
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor

CHUNK = 8 * 1024 * 1024
SHOWN = 5


class Refused(Exception):
    """What is wrong, one problem per line."""

    def __init__(self, *problems):
        super().__init__(*problems)
        self.problems = list(problems)


def main():
    parser = argparse.ArgumentParser(description='Holds weights against their manifest.')
    parser.add_argument('--manifest', required=True, help='file with the manifest')
    parser.add_argument('--sha256', required=True, help='SHA-256 that the manifest must have')
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument('--directory', help='directory with the files')
    place.add_argument('--bucket', help='bucket with the objects')
    parser.add_argument('--prefix', help='what the keys of the objects start with')
    arguments = parser.parse_args()
    if arguments.bucket and not arguments.prefix:
        parser.error('--bucket needs --prefix')
    start = time.monotonic()
    try:
        files = read_manifest(arguments.manifest, arguments.sha256)
        if arguments.directory:
            check_directory(arguments.directory, files)
        else:
            check_objects(arguments.bucket, arguments.prefix, files)
    except Refused as refused:
        shown = refused.problems[:SHOWN]
        more = len(refused.problems) - len(shown)
        print(f"weights refused: {'; '.join(shown)}{f'; and {more} more' if more else ''}", file=sys.stderr)
        return 1
    size = sum(file['size'] for file in files.values())
    print(f'weights verified: {len(files)} files, {size} bytes in {time.monotonic() - start:.1f} s')
    return 0


def read_manifest(path, pinned):
    """The files of a manifest by path, after its own digest was found to be the pinned one."""
    try:
        with open(path, 'rb') as file:
            content = file.read()
    except OSError as error:
        raise Refused(f'the manifest cannot be read: {error.strerror}: {path}') from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != pinned:
        raise Refused(f'the manifest has SHA-256 {digest} ({len(content)} bytes), the release pins {pinned}')
    try:
        manifest = json.loads(content)
        if manifest['version'] != 1:
            raise Refused(f"the manifest has version {manifest['version']!r}, this program knows 1")
        files = [(file['path'], file) for file in manifest['files']]
        problems = [problem for path, file in files for problem in problems_of(path, file)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f'the manifest is malformed: {type(error).__name__}: {error}') from error
    paths = [path for path, _ in files]
    problems += [f'the manifest names {path!r} twice' for path in sorted({path for path in paths if paths.count(path) > 1})]
    if not files:
        problems.append('the manifest names no file')
    if problems:
        raise Refused(*problems)
    return dict(files)


def problems_of(path, file):
    """What is wrong with an entry. A path that leaves the directory would let a manifest vouch for files it does not hold."""
    parts = path.split('/')
    if path == '' or any(part in ('', '.', '..') for part in parts) or re.search(r'[\\\x00-\x1f\x7f]', path):
        yield f'the manifest names {path!r}, which is no path inside the weights'
    if type(file['size']) is not int or file['size'] < 0:
        yield f"the manifest gives {path!r} the size {file['size']!r}"
    if not re.fullmatch(r'[0-9a-f]{64}', file['sha256']):
        yield f"the manifest gives {path!r} the SHA-256 {file['sha256']!r}"


def check_directory(directory, files):
    """Every file is there with its size and bytes, and nothing else is."""
    found = {}
    problems = []
    for path, kind, size in entries_of(directory):
        if kind == 'file':
            found[path] = size
        else:
            problems.append(f'{path} is a {kind}')
    problems += [f'{path} is missing' for path in sorted(files.keys() - found.keys())]
    problems += [f'{path} is not in the manifest' for path in sorted(found.keys() - files.keys())]
    present = sorted(files.keys() & found.keys())
    sized = [path for path in present if found[path] == files[path]['size']]
    problems += [f"{path} has {found[path]} bytes instead of {files[path]['size']}" for path in present if path not in sized]
    if not problems:
        # Reading takes long: what is wrong without reading is said at once. Hashing lets other threads run.
        with ThreadPoolExecutor(max_workers=min(16, os.cpu_count() or 1)) as pool:
            digests = pool.map(lambda path: digest_of(os.path.join(directory, path)), sized)
            problems += [
                f"{path} has SHA-256 {digest} instead of {files[path]['sha256']}"
                for path, digest in zip(sized, digests) if digest != files[path]['sha256']
            ]
    if problems:
        raise Refused(*problems)


def entries_of(directory, inside=''):
    """Files below a directory with their sizes, and what is neither file nor directory."""
    try:
        with os.scandir(directory) as entries:
            children = sorted(entries, key=lambda entry: entry.name)
        for entry in children:
            path = f'{inside}{entry.name}'
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                yield from entries_of(entry.path, f'{path}/')
            elif stat.S_ISREG(status.st_mode):
                yield path, 'file', status.st_size
            else:
                yield path, 'link' if stat.S_ISLNK(status.st_mode) else 'special file', 0
    except OSError as error:
        raise Refused(f'{error.filename or directory} cannot be read: {error.strerror}') from error


def digest_of(path):
    digest = hashlib.sha256()
    try:
        with open(path, 'rb', buffering=0) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise Refused(f'{path} cannot be read: {error.strerror}') from error
    return digest.hexdigest()


def check_objects(bucket, prefix, files):
    """The current version of every object is the imported one, and there is no other object."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise Refused('this image has no boto3, which comparing objects needs; name an image that has it, or let files be fetched') from error
    client = boto3.client('s3')
    problems = []
    try:
        found = {}
        for page in client.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix):
            found.update((item['Key'][len(prefix):], item['Size']) for item in page.get('Contents', []))
        problems += [f'{path} is missing' for path in sorted(files.keys() - found.keys())]
        problems += [f'{path} is not in the manifest' for path in sorted(found.keys() - files.keys())]
        present = sorted(files.keys() & found.keys())
        with ThreadPoolExecutor(max_workers=16) as pool:
            heads = pool.map(lambda path: client.head_object(Bucket=bucket, Key=prefix + path, ChecksumMode='ENABLED'), present)
            for path, head in zip(present, heads):
                problems += list(differences(path, files[path], head))
    except (BotoCoreError, ClientError) as error:
        raise Refused(f's3://{bucket}/{prefix} cannot be read: {error}') from error
    if problems:
        raise Refused(*problems)


def differences(path, file, head):
    expected = file.get('object') or {}
    for name, wanted, got in (
        ('version', expected.get('versionId'), head.get('VersionId')),
        ('size', file['size'], head.get('ContentLength')),
        ('S3 checksum', expected.get('checksumSha256'), head.get('ChecksumSHA256')),
    ):
        if wanted is None or wanted != got:
            yield f'{path} has {name} {got} instead of {wanted}'


if __name__ == '__main__':
    sys.exit(main())
