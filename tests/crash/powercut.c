/* Preloaded into the collector: writes down, in order, whatever it does to the files below a folder. powercut.py reads
 * it and works out what a disk would hold if the power had gone at any moment.
 *
 * POWERCUT_ROOT is the folder, by its real path, POWERCUT_LOG the file that is written. Each entry is a struct entry, a
 * path of path_length bytes relative to the folder, a second path or the bytes written of data_length. What is done and
 * its entry are one step for all threads, so the order of entries is the order of deeds. POWERCUT_FAULTS, if there, is a
 * file of two native ints: the errno of every write, and of every sync, 0 for none; it may be changed at any moment.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536

struct entry {
    char kind;
    char spare[3];
    uint32_t path_length;
    uint64_t inode;
    uint64_t offset;
    uint64_t data_length;
};

static pthread_mutex_t line = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int log_file = -1;
static volatile int *faults;
static char tracked[MOST_FILES];

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWERCUT_ROOT"), *log = getenv("POWERCUT_LOG"), *planned = getenv("POWERCUT_FAULTS");
    if (!folder || !log) return;
    root_length = strlen(folder);
    memcpy(root, folder, root_length + 1);
    log_file = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_file < 0) abort();
    if (planned) {
        int file = REAL(open)(planned, O_RDONLY | O_CLOEXEC);
        void *seen = mmap(NULL, 2 * sizeof(int), PROT_READ, MAP_SHARED, file, 0);
        if (seen == MAP_FAILED) abort();
        faults = seen;
    }
}

/* The part of a path below the folder, "" for itself, NULL for elsewhere. */
static const char *below(int folder, const char *path, char *whole) {
    if (log_file < 0 || !path) return NULL;
    if (path[0] != '/') {
        char link[64];
        if (folder == AT_FDCWD) strcpy(link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, whole, PATH_MAX - 1);
        if (length < 0 || length + strlen(path) + 2 > PATH_MAX) return NULL;
        whole[length] = '/';
        strcpy(whole + length + 1, path);
    } else if (strlen(path) < PATH_MAX) strcpy(whole, path);
    else return NULL;
    if (strncmp(whole, root, root_length) || (whole[root_length] && whole[root_length] != '/')) return NULL;
    const char *rest = whole + root_length;
    while (*rest == '/') rest++;
    return rest;
}

static void note(char kind, uint64_t inode, const char *path, uint64_t offset, const void *data, size_t length) {
    int kept = errno;
    struct entry entry = {.kind = kind, .path_length = path ? strlen(path) : 0, .inode = inode, .offset = offset,
                          .data_length = length};
    struct iovec parts[] = {{&entry, sizeof entry}, {(void *)path, entry.path_length}, {(void *)data, length}};
    ssize_t whole = sizeof entry + entry.path_length + length;
    /* One write, to the end of the file: others write there too. */
    if (REAL(writev)(log_file, parts, 3) != whole) abort();
    errno = kept;
}

static uint64_t inode_of(int file) {
    struct stat seen;
    if (fstat(file, &seen)) abort();
    return seen.st_ino;
}

static int watched(int file) { return log_file >= 0 && file >= 0 && file < MOST_FILES && tracked[file]; }

static int fails(int which) {
    if (!faults || !faults[which]) return 0;
    errno = faults[which];
    return 1;
}

/* What this does not cover must not happen without a word. */
static void not_covered(const char *what) {
    note('?', 0, what, 0, NULL, 0);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    const char *rest = below(folder, path, whole);
    if (!rest) return REAL(openat)(folder, path, flags, mode);
    pthread_mutex_lock(&line);
    struct stat before;
    int was = !fstatat(folder, path, &before, 0);
    int file = -1;
    if (!((flags & (O_CREAT | O_TRUNC)) && !(was && (flags & O_EXCL)) && (!was || (flags & O_TRUNC)) && fails(0)))
        file = REAL(openat)(folder, path, flags, mode);
    if (file >= MOST_FILES) abort();
    if (file >= 0) {
        tracked[file] = 1;
        if (flags & __O_TMPFILE) not_covered("O_TMPFILE");
        else if (!was) note('c', inode_of(file), rest, 0, NULL, 0);
        else if ((flags & O_TRUNC) && before.st_size) note('t', inode_of(file), NULL, 0, NULL, 0);
    }
    pthread_mutex_unlock(&line);
    return file;
}

#define MODE(flags)                                          \
    mode_t mode = 0;                                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                 \
        va_list more;                                        \
        va_start(more, flags);                               \
        mode = va_arg(more, mode_t);                         \
        va_end(more);                                        \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int file) {
    if (!watched(file)) return REAL(close)(file);
    pthread_mutex_lock(&line);
    tracked[file] = 0;
    int done = REAL(close)(file);
    pthread_mutex_unlock(&line);
    return done;
}

int dup(int file) {
    if (watched(file)) not_covered("dup");
    return REAL(dup)(file);
}

/* --- bytes */

#define WRITTEN(call, at, data)                                                    \
    if (!watched(file)) return call;                                               \
    pthread_mutex_lock(&line);                                                     \
    ssize_t done = fails(0) ? -1 : call;                                           \
    if (done > 0) note('w', inode_of(file), NULL, at, data, done);                 \
    pthread_mutex_unlock(&line);                                                   \
    return done;

ssize_t write(int file, const void *data, size_t length) {
    WRITTEN(REAL(write)(file, data, length), lseek(file, 0, SEEK_CUR) - done, data)
}
ssize_t pwrite(int file, const void *data, size_t length, off_t at) {
    WRITTEN(REAL(pwrite)(file, data, length, at), at, data)
}
ssize_t pwrite64(int file, const void *data, size_t length, off64_t at) {
    WRITTEN(REAL(pwrite64)(file, data, length, at), at, data)
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    if (watched(file)) not_covered("writev");
    return REAL(writev)(file, parts, count);
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    if (watched(file)) not_covered("pwritev");
    return REAL(pwritev)(file, parts, count, at);
}
int fallocate(int file, int mode, off_t at, off_t length) {
    if (watched(file)) not_covered("fallocate");
    return REAL(fallocate)(file, mode, at, length);
}
int posix_fallocate(int file, off_t at, off_t length) {
    if (watched(file)) not_covered("posix_fallocate");
    return REAL(posix_fallocate)(file, at, length);
}
int posix_fallocate64(int file, off64_t at, off64_t length) {
    if (watched(file)) not_covered("posix_fallocate");
    return REAL(posix_fallocate64)(file, at, length);
}
ssize_t copy_file_range(int from, off64_t *from_at, int file, off64_t *at, size_t length, unsigned flags) {
    if (watched(file)) not_covered("copy_file_range");
    return REAL(copy_file_range)(from, from_at, file, at, length, flags);
}

#define TRUNCATED(call)                                                            \
    if (!watched(file)) return call;                                               \
    pthread_mutex_lock(&line);                                                     \
    int done = fails(0) ? -1 : call;                                               \
    if (!done) note('t', inode_of(file), NULL, length, NULL, 0);                   \
    pthread_mutex_unlock(&line);                                                   \
    return done;

int ftruncate(int file, off_t length) { TRUNCATED(REAL(ftruncate)(file, length)) }
int ftruncate64(int file, off64_t length) { TRUNCATED(REAL(ftruncate64)(file, length)) }

/* Memory that is shared with a file is never synced here: only SQLite's -shm may be written so, which it makes anew. */
static void mapped(int file, int protection, int flags) {
    char link[64], path[PATH_MAX];
    if (!watched(file) || !(protection & PROT_WRITE) || !(flags & MAP_SHARED)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 4 || memcmp(path + length - 4, "-shm", 4)) not_covered("mmap");
}
void *mmap(void *where, size_t length, int protection, int flags, int file, off_t at) {
    mapped(file, protection, flags);
    return REAL(mmap)(where, length, protection, flags, file, at);
}
void *mmap64(void *where, size_t length, int protection, int flags, int file, off64_t at) {
    mapped(file, protection, flags);
    return REAL(mmap64)(where, length, protection, flags, file, at);
}

/* Not passed on: what survives is worked out, and a real sync would only take time. */
#define SYNCED(call)                                                               \
    if (!watched(file)) return call;                                               \
    pthread_mutex_lock(&line);                                                     \
    int done = fails(1) ? -1 : 0;                                                  \
    if (!done) note('s', inode_of(file), NULL, 0, NULL, 0);                        \
    pthread_mutex_unlock(&line);                                                   \
    return done;

int fsync(int file) { SYNCED(REAL(fsync)(file)) }
int fdatasync(int file) { SYNCED(REAL(fdatasync)(file)) }

/* --- names */

#define NAMED(at, path, call, kind)                                                \
    char whole[PATH_MAX];                                                          \
    const char *rest = below(at, path, whole);                                     \
    if (!rest) return call;                                                        \
    pthread_mutex_lock(&line);                                                     \
    int done = fails(0) ? -1 : call;                                               \
    if (!done) {                                                                   \
        struct stat seen = {0};                                                    \
        if (kind == 'd') fstatat(at, path, &seen, 0);                              \
        note(kind, seen.st_ino, rest, 0, NULL, 0);                                 \
    }                                                                              \
    pthread_mutex_unlock(&line);                                                   \
    return done;

int mkdir(const char *path, mode_t mode) { NAMED(AT_FDCWD, path, REAL(mkdir)(path, mode), 'd') }
int mkdirat(int at, const char *path, mode_t mode) { NAMED(at, path, REAL(mkdirat)(at, path, mode), 'd') }
int unlink(const char *path) { NAMED(AT_FDCWD, path, REAL(unlink)(path), 'u') }
int unlinkat(int at, const char *path, int flags) { NAMED(at, path, REAL(unlinkat)(at, path, flags), 'u') }
int rmdir(const char *path) { NAMED(AT_FDCWD, path, REAL(rmdir)(path), 'u') }

#define TWICE_NAMED(from_at, from, to_at, to, call, kind)                          \
    char whole[PATH_MAX], other_whole[PATH_MAX];                                   \
    const char *rest = below(from_at, from, whole), *other = below(to_at, to, other_whole); \
    if (!rest && !other) return call;                                              \
    if (!rest || !other) not_covered("a name that crosses the folder's border");   \
    pthread_mutex_lock(&line);                                                     \
    int done = fails(0) ? -1 : call;                                               \
    if (!done && rest && other) note(kind, 0, rest, 0, other, strlen(other));      \
    pthread_mutex_unlock(&line);                                                   \
    return done;

int link(const char *from, const char *to) {
    TWICE_NAMED(AT_FDCWD, from, AT_FDCWD, to, REAL(link)(from, to), 'l')
}
int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    TWICE_NAMED(from_at, from, to_at, to, REAL(linkat)(from_at, from, to_at, to, flags), 'l')
}
int rename(const char *from, const char *to) {
    TWICE_NAMED(AT_FDCWD, from, AT_FDCWD, to, REAL(rename)(from, to), 'r')
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
    TWICE_NAMED(from_at, from, to_at, to, REAL(renameat)(from_at, from, to_at, to), 'r')
}
int symlink(const char *target, const char *path) {
    char whole[PATH_MAX];
    if (below(AT_FDCWD, path, whole)) not_covered("symlink");
    return REAL(symlink)(target, path);
}
