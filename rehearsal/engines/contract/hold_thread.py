"""Stops the one thread of this number until its own standard input ends: hold_thread.py THREAD (Linux, needs the right to trace)."""
import ctypes
import os
import sys

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WAIT_FOR_THREADS = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        raise SystemExit(f"thread {thread}: expected to be allowed to trace it, got {os.strerror(ctypes.get_errno())}; run this as root")


thread = int(sys.argv[1])
trace(SEIZE, thread)
trace(INTERRUPT, thread)
os.waitpid(thread, WAIT_FOR_THREADS)
sys.stdin.read()
trace(DETACH, thread)
