// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "plugin_runtime.h"

int martlet_spawn(const char *path, char *const *arguments, int fd) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  // A group of its own: an interrupt typed at the server's terminal is the server's to handle.
  posix_spawnattr_setflags(
    &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, fd, 3);
  posix_spawn_file_actions_addclosefrom_np(&files, 4);
  // The environment can hold secrets; only where libraries lie is passed on.
  const char *name = "LD_LIBRARY_PATH=", *libraries = getenv("LD_LIBRARY_PATH");
  char *list = libraries ? malloc(strlen(name) + strlen(libraries) + 1) : NULL;
  if (list) strcat(strcpy(list, name), libraries);
  char *environment[] = {"SWIFT_BACKTRACE=enable=no", list, NULL};
  pid_t process = 0;
  int error = posix_spawn(&process, path, &files, &attributes, arguments, environment);
  free(list);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error ? -error : process;
}

int martlet_process_descriptor(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

void martlet_kill(int descriptor) {
  syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, NULL, 0);
}
