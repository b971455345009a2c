// SPDX-License-Identifier: Apache-2.0
//
// What a helper process gives up before it opens a plugin. The filter is a list of what is allowed;
// the rest fails with EPERM, so that a plugin that tries finds an error and not its end.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "plugin_runtime.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the helper's system call filter knows x86-64 and arm64"
#endif

// Memory, threads, time, reading files, and ending. Nothing that reaches another process, the
// network, or changes a file.
static const int allowed[] = {
  SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_preadv, SYS_close, SYS_fstat,
  SYS_newfstatat, SYS_statx, SYS_lseek, SYS_fcntl, SYS_getdents64, SYS_faccessat, SYS_faccessat2,
  SYS_readlinkat, SYS_getcwd, SYS_dup, SYS_statfs, SYS_fstatfs, SYS_fadvise64,
  SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore, SYS_membarrier,
  SYS_futex, SYS_set_robust_list, SYS_set_tid_address, SYS_rseq, SYS_sched_yield,
  SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_getcpu,
  SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,
  SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday,
  SYS_getpid, SYS_gettid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
  SYS_getrusage, SYS_getrlimit, SYS_sysinfo, SYS_uname, SYS_getrandom, SYS_exit, SYS_exit_group,
  SYS_eventfd2, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_ppoll, SYS_pipe2,
#ifdef __x86_64__
  SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_epoll_wait, SYS_arch_prctl,
  SYS_time,
#endif
};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define IF_BITS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define REFUSE(error) RETURN(SECCOMP_RET_ERRNO | (error))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)

enum { CHANGING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, PROGRAM_SIZE = 256 };

static const char *filter(void) {
  struct sock_filter program[PROGRAM_SIZE];
  size_t size = 0;
#define ADD(...) \
  do { \
    const struct sock_filter part[] = {__VA_ARGS__}; \
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) program[size++] = part[i]; \
  } while (0)
  ADD(LOAD(arch), IF(ARCHITECTURE, 1, 0), RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr));
  // Threads, but no processes. clone3 hides its flags: without it the C library uses clone.
  ADD(IF(SYS_clone3, 0, 1), REFUSE(ENOSYS));
  ADD(IF(SYS_clone, 0, 4), LOAD(args[0]), IF_BITS(CLONE_THREAD, 0, 1), ALLOW, REFUSE(EPERM));
  // Files are opened for reading only.
  ADD(IF(SYS_openat, 0, 4), LOAD(args[2]), IF_BITS(CHANGING, 1, 0), ALLOW, REFUSE(EPERM));
#ifdef SYS_open
  ADD(IF(SYS_open, 0, 4), LOAD(args[1]), IF_BITS(CHANGING, 1, 0), ALLOW, REFUSE(EPERM));
#endif
  // abort signals its own thread.
  ADD(IF(SYS_tgkill, 0, 4), LOAD(args[0]), IF((uint32_t)getpid(), 0, 1), ALLOW, REFUSE(EPERM));
  ADD(IF(SYS_prctl, 0, 4), LOAD(args[0]), IF(PR_SET_NAME, 0, 1), ALLOW, REFUSE(EPERM));
  // Limits are read, not raised: the new limit must be null in both halves of its address.
  ADD(IF(SYS_prlimit64, 0, 6), LOAD(args[2]), IF(0, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]) + 4),
      IF(0, 0, 1), ALLOW, REFUSE(EPERM));
  for (size_t n = 0; n < sizeof allowed / sizeof *allowed; n++)
    ADD(IF((uint32_t)allowed[n], 0, 1), ALLOW);
  ADD(REFUSE(EPERM));
  struct sock_fprog code = {(unsigned short)size, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return "no_new_privs is refused";
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &code))
    return "the system call filter is refused";
  return NULL;
}

static int limit(int resource, uint64_t value) {
  struct rlimit limit = {value, value};
  return setrlimit(resource, &limit);
}

const char *martlet_sandbox(uint64_t memory_bytes) {
  // The server's end is the helper's; its memory is not for others to read.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) return "the parent's end cannot be watched";
  if (getppid() == 1) _exit(0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (memory_bytes && limit(RLIMIT_AS, memory_bytes)) return "the memory limit is refused";
  if (limit(RLIMIT_CORE, 0) || limit(RLIMIT_NOFILE, 64)) return "a resource limit is refused";
  return filter();
}
