/* Stands before the C library's calls that change files, counts them, and makes one of them the last or makes all from
 * one on fail as on a full disk.  Loaded with LD_PRELOAD into the programs that tests start; does nothing until it is
 * armed.  The count lies in memory that the arming process shares, so that it outlives the killed one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static long unarmed;
static volatile long *count = &unarmed;
static long kill_at, fail_from;

void arm(long *shared_count, long killed, long full)
{
    count = shared_count;
    kill_at = killed;
    fail_from = full;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Whether this call is to fail for want of room. */
static int next_is_refused(void)
{
    ++*count;
    return fail_from && *count >= fail_from;
}

/* Pipes, the terminal, and temporary files, which have no name: what is written there is not what is to be kept. */
static int is_of_no_account(int fd)
{
    struct stat status;
    return fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0;
}

static int is_last(void) { return kill_at && *count == kill_at; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRITING(name, parameters, whole, half)                    \
    ssize_t name parameters                                       \
    {                                                             \
        static __typeof__(&name) real;                            \
        if (!real) real = REAL(name);                             \
        if (fd <= 2 || is_of_no_account(fd)) return real whole;   \
        if (next_is_refused()) { errno = ENOSPC; return -1; }     \
        if (is_last()) { (void)!real half; die(); }               \
        return real whole;                                        \
    }

WRITING(write, (int fd, const void *data, size_t size), (fd, data, size), (fd, data, size / 2))
WRITING(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), (fd, data, size / 2, at))
WRITING(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), (fd, data, size / 2, at))

#define CHANGING(name, parameters, arguments)                     \
    int name parameters                                           \
    {                                                             \
        static __typeof__(&name) real;                            \
        if (!real) real = REAL(name);                             \
        next_is_refused(); /* none of these needs room */         \
        if (is_last()) die();                                     \
        return real arguments;                                    \
    }

CHANGING(fsync, (int fd), (fd))
CHANGING(fdatasync, (int fd), (fd))
CHANGING(ftruncate, (int fd, off_t size), (fd, size))
CHANGING(ftruncate64, (int fd, off64_t size), (fd, size))
CHANGING(unlink, (const char *path), (path))
CHANGING(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
CHANGING(link, (const char *from, const char *to), (from, to))
CHANGING(linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
CHANGING(rename, (const char *from, const char *to), (from, to))
CHANGING(rmdir, (const char *path), (path))
