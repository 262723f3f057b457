/* A disk that fails on demand, for `io_errors.rs`: preloaded into a process, it counts the writes and syncs of the files below
 * one folder and makes the n-th fail. Linux only.
 *
 *   FH_DISK_FOLDER   the folder
 *   FH_DISK_FAULT    enospc, eio: how a write fails; short: half of it is written, then there is no space; fsync: a sync fails; lost: a sync fails and what was written since the
 *                    last one is gone, as a kernel may have it; power: everything stops, and what was not synced is gone
 *   FH_DISK_NTH      the first call that fails, from 1; writes and syncs count for `power`, only what can fail for the others
 *   FH_DISK_TIMES    how many calls fail in a row, 1 if not given
 *   FH_DISK_SEED     0: all that was not synced is gone; else a coin is thrown for each write
 *   FH_DISK_TRIPPED  this file is made when a call fails
 *
 * Names are taken to be on the disk as soon as they are made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* A write that is not synced yet. */
struct record {
    struct record *earlier;
    dev_t device;
    ino_t inode;
    char path[PATH_MAX];
    off_t offset, old_size;
    size_t old_length, length;
    char *old_bytes, *bytes;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct record *unsynced;
static const char *folder, *fault;
static long nth, times = 1, reached;
static unsigned long coin;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    folder = variable("FH_DISK_FOLDER");
    fault = variable("FH_DISK_FAULT");
    nth = atol(variable("FH_DISK_NTH"));
    if (*variable("FH_DISK_TIMES")) times = atol(variable("FH_DISK_TIMES"));
    coin = strtoul(variable("FH_DISK_SEED"), NULL, 10);
}

static int is(const char *name) { return strcmp(fault, name) == 0; }

/* Whether the file is below the folder; its path if so. */
static int watched(int fd, char path[PATH_MAX]) {
    char link[64];
    if (!folder || !*folder) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int lands(void) {
    coin ^= coin << 13;
    coin ^= coin >> 7;
    coin ^= coin << 17;
    return coin & 1;
}

/* Counts a call that can fail; true when it does. */
static int strikes(void) {
    reached++;
    if (nth <= 0 || reached < nth || reached >= nth + times) return 0;
    int fd = open(variable("FH_DISK_TRIPPED"), O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) close(fd);
    return 1;
}

static void forget(struct record **place) {
    struct record *gone = *place;
    *place = gone->earlier;
    free(gone->old_bytes);
    free(gone->bytes);
    free(gone);
}

static void synced(int fd) {
    struct stat found;
    if (fstat(fd, &found)) return;
    for (struct record **place = &unsynced; *place;) {
        if ((*place)->device == found.st_dev && (*place)->inode == found.st_ino) forget(place);
        else place = &(*place)->earlier;
    }
}

static void undo(int fd, const struct record *record) {
    (void)!real_pwrite(fd, record->old_bytes, record->old_length, record->offset);
    struct stat found;
    if (!fstat(fd, &found) && found.st_size > record->old_size) (void)!real_ftruncate(fd, record->old_size);
}

/* What this file was given since its last sync is gone. */
static void lose(int fd) {
    struct stat found;
    if (fstat(fd, &found)) return;
    for (struct record **place = &unsynced; *place;) {
        if ((*place)->device == found.st_dev && (*place)->inode == found.st_ino) {
            undo(fd, *place);
            forget(place);
        } else place = &(*place)->earlier;
    }
}

static void again(const struct record *record) {
    if (!record) return;
    again(record->earlier);
    int fd = lands() ? open(record->path, O_RDWR) : -1;
    if (fd >= 0) (void)!real_pwrite(fd, record->bytes, record->length, record->offset);
}

static void cut_the_power(void) {
    int by_coin = coin != 0;
    for (struct record *record = unsynced; record; record = record->earlier) {
        int fd = open(record->path, O_RDWR);
        if (fd >= 0) undo(fd, record);
    }
    if (by_coin) again(unsynced);
    _exit(77);
}

static void remember(int fd, const char *path, const void *bytes, size_t length, off_t offset) {
    size_t end = strlen(path);
    struct stat found;
    /* The shared memory of SQLite is made anew after a fall. */
    if ((end > 4 && strcmp(path + end - 4, "-shm") == 0) || fstat(fd, &found)) return;
    struct record *record = calloc(1, sizeof *record);
    record->device = found.st_dev;
    record->inode = found.st_ino;
    strcpy(record->path, path);
    record->offset = offset;
    record->old_size = found.st_size;
    record->length = length;
    record->bytes = malloc(length);
    memcpy(record->bytes, bytes, length);
    record->old_bytes = malloc(length);
    ssize_t old = pread(fd, record->old_bytes, length, offset);
    record->old_length = old > 0 ? (size_t)old : 0;
    record->earlier = unsynced;
    unsynced = record;
}

/* One write at an offset, or at the file's place when `at` is none. */
static ssize_t put(int fd, const void *bytes, size_t length, const off_t *at) {
    char path[PATH_MAX];
    if (!watched(fd, path)) return at ? real_pwrite(fd, bytes, length, *at) : real_write(fd, bytes, length);
    pthread_mutex_lock(&mutex);
    int can_fail = is("enospc") || is("eio") || is("short") || is("power");
    if (can_fail && strikes()) {
        if (is("power")) cut_the_power();
        if (is("short") && reached == nth && length > 1) length /= 2;
        else {
            pthread_mutex_unlock(&mutex);
            errno = is("eio") ? EIO : ENOSPC;
            return -1;
        }
    }
    remember(fd, path, bytes, length, at ? *at : lseek(fd, 0, SEEK_CUR));
    ssize_t done = at ? real_pwrite(fd, bytes, length, *at) : real_write(fd, bytes, length);
    pthread_mutex_unlock(&mutex);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, NULL); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return put(fd, bytes, length, &at); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return put(fd, bytes, length, &at); }

static int cut(int fd, off_t length) {
    char path[PATH_MAX];
    if (watched(fd, path) && (is("enospc") || is("eio"))) {
        pthread_mutex_lock(&mutex);
        int fails = strikes();
        pthread_mutex_unlock(&mutex);
        if (fails) {
            errno = is("eio") ? EIO : ENOSPC;
            return -1;
        }
    }
    return real_ftruncate(fd, length);
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off_t length) { return cut(fd, length); }

static int sync_with(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!watched(fd, path)) return real(fd);
    pthread_mutex_lock(&mutex);
    int can_fail = is("fsync") || is("lost") || is("power");
    if (can_fail && strikes()) {
        if (is("power")) cut_the_power();
        if (is("lost")) lose(fd);
        pthread_mutex_unlock(&mutex);
        errno = EIO;
        return -1;
    }
    int done = real(fd);
    if (done == 0) synced(fd);
    pthread_mutex_unlock(&mutex);
    return done;
}

int fsync(int fd) { return sync_with(fd, real_fsync); }
int fdatasync(int fd) { return sync_with(fd, real_fdatasync); }
