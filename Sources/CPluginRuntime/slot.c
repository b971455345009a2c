// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "plugin_runtime.h"

static martlet_slot *map(int fd) {
  int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void *memory = mmap(NULL, MARTLET_SLOT_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

martlet_slot *martlet_slot_create(int *fd) {
  if (!fd) return map(-1);
  *fd = memfd_create("martlet-plugin-slot", MFD_CLOEXEC);
  if (*fd < 0) return NULL;
  martlet_slot *slot = ftruncate(*fd, MARTLET_SLOT_BYTES) == 0 ? map(*fd) : NULL;
  if (!slot) close(*fd);
  return slot;
}

martlet_slot *martlet_slot_map(int fd) { return map(fd); }

void martlet_slot_unmap(martlet_slot *slot) { munmap(slot, MARTLET_SLOT_BYTES); }

uint32_t martlet_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

void martlet_store(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

uint32_t martlet_add(uint32_t *word, uint32_t amount) {
  return __atomic_add_fetch(word, amount, __ATOMIC_ACQ_REL);
}

bool martlet_exchange(uint32_t *word, uint32_t expected, uint32_t desired) {
  return __atomic_compare_exchange_n(
    word, &expected, desired, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

int martlet_wait(uint32_t *word, uint32_t value, uint64_t until_ns) {
  struct timespec until = {(time_t)(until_ns / 1000000000), (long)(until_ns % 1000000000)};
  // FUTEX_WAIT_BITSET takes an absolute time, which a wake-up in between does not stretch.
  long result = syscall(
    SYS_futex, word, FUTEX_WAIT_BITSET, value, until_ns ? &until : NULL, NULL,
    FUTEX_BITSET_MATCH_ANY);
  return result == 0 ? 0 : errno;
}

void martlet_wake(uint32_t *word, int count) {
  syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

uint64_t martlet_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int martlet_thread_id(void) { return (int)syscall(SYS_gettid); }

void martlet_demote(int thread) {
  struct sched_param none = {0};
  sched_setscheduler(thread, SCHED_IDLE, &none);
}

const char *martlet_plugin_read(const rp_plugin *from, rp_plugin *to) {
  if (!from) return "ranking_plugin_entry returned NULL";
  // Version 1.0's last field: a smaller descriptor was never released.
  size_t least = offsetof(rp_plugin, get_extension) + sizeof to->get_extension;
  if (from->magic != RP_MAGIC) return "the descriptor does not start with RP_MAGIC";
  if (from->abi_major != RP_ABI_MAJOR) return "it is built for another major version of the ABI";
  if (from->struct_size < least) return "the descriptor's struct_size is too small";
  memset(to, 0, sizeof *to);
  memcpy(to, from, from->struct_size < sizeof *to ? from->struct_size : sizeof *to);
  if (!to->id || !to->version) return "the descriptor has no id or version";
  if (!to->create || !to->destroy || !to->rank) return "create, destroy or rank is missing";
  if (to->threads > RP_THREADS_CONCURRENT) return "the thread rule is unknown";
  if (to->reason_count > 256 || (to->reason_count && !to->reasons)) return "bad reasons";
  return NULL;
}
