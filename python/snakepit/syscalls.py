"""Linux system calls by number, and what a sandboxed worker has no business with.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
"""

from __future__ import annotations

# <linux/audit.h>: what a filter sees as its architecture.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

# name: (x86_64, aarch64); None where an architecture never had it.
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "capget": (125, 90),
    "capset": (126, 91),
    "chmod": (90, None),
    "chown": (92, None),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fanotify_init": (300, 262),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "fcntl": (72, 25),
    "file_setattr": (469, 469),
    "finit_module": (313, 273),
    "fork": (57, None),
    "fremovexattr": (199, 16),
    "fsconfig": (431, 431),
    "fsetxattr": (190, 7),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "ftruncate": (77, 46),
    "futimesat": (261, None),
    "get_robust_list": (274, 100),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, None),
    "iopl": (172, None),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "kill": (62, 129),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "lchown": (94, None),
    "lookup_dcookie": (212, 18),
    "lremovexattr": (198, 15),
    "lsetxattr": (189, 6),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "open": (2, None),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "openat": (257, 56),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "removexattr": (197, 14),
    "removexattrat": (466, 466),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "seccomp": (317, 277),
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setpriority": (141, 140),
    "settimeofday": (164, 170),
    "setxattr": (188, 5),
    "setxattrat": (463, 463),
    "shmat": (30, 196),
    "shmget": (29, 194),
    "socket": (41, 198),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "truncate": (76, 45),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "utime": (132, None),
    "utimensat": (280, 88),
    "utimes": (235, None),
    "vfork": (58, None),
    "vhangup": (153, 58),
}

# Refused in every profile but `none`, with the reason.
DANGEROUS = {
    "other processes' memory, descriptors and state": (
        *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise"),
        *("process_mrelease", "kcmp", "pidfd_getfd", "get_robust_list", "migrate_pages"),
    ),
    "signals through /proc, where no number can be compared": ("pidfd_send_signal",),
    "the kernel's code": (
        *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module"),
        *("bpf", "perf_event_open", "lookup_dcookie", "iopl", "ioperm", "modify_ldt"),
    ),
    "work that passes by this filter": ("io_uring_setup", "io_uring_enter", "io_uring_register"),
    "faults that stop the kernel in the middle of a copy": ("userfaultfd",),
    "another view of files, users or the network": (
        *("mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
        *("open_tree_attr", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
        *("setns", "unshare", "open_by_handle_at", "fanotify_init"),
    ),
    "keys of the user and of the kernel": ("keyctl", "add_key", "request_key"),
    "the machine as a whole": (
        *("reboot", "swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog"),
        *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
        *("sethostname", "setdomainname", "vhangup"),
    ),
}

# Their first argument is a process: refused for the host and the template, and for all of them.
SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
# So is the first of these; a worker has no wish about others than itself.
STEERING = (
    *("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"),
    *("move_pages", "pidfd_open"),
)
# Of these, those that mean a process and never one of its threads.
WHOLE = ("prlimit64", "move_pages", "pidfd_open")
# And the second of these.
PRIORITIES = ("setpriority", "ioprio_set")

# Landlock has no say about these, and they change files wherever they are.
FILE_ATTRIBUTES = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr"),
    *("setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
    "file_setattr",
)
# Names that others find, without being files.
SHARED_NAMES = ("shmget", "shmat", "msgget", "semget", "mq_open")
NEW_PROCESSES = ("fork", "vfork", "execve", "execveat")


def number(name: str, machine: str) -> int | None:
    """Give the number of a call; None where this architecture has none."""
    x86_64, aarch64 = _NUMBERS[name]
    return x86_64 if machine == "x86_64" else aarch64


def numbers(names: tuple[str, ...], machine: str) -> list[int]:
    """Give the numbers of those calls that this architecture has."""
    found = (number(name, machine) for name in names)
    return [one for one in found if one is not None]
