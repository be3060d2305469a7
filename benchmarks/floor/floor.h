/* What both halves of the floor share: SQLite's functions, the three rows, and the state between calls. */

#include <stdint.h>

/* No header of SQLite is needed; what is used of its interface, which never changes, is declared here. */
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
int sqlite3_close(sqlite3 *db);
int sqlite3_exec(sqlite3 *db, const char *sql, int (*row)(void *, int, char **, char **), void *to, char **error);
int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int bytes, sqlite3_stmt **made, const char **tail);
int sqlite3_bind_int64(sqlite3_stmt *s, int at, int64_t value);
int sqlite3_step(sqlite3_stmt *s);
int sqlite3_reset(sqlite3_stmt *s);
int sqlite3_finalize(sqlite3_stmt *s);
int sqlite3_column_count(sqlite3_stmt *s);
const char *sqlite3_column_name(sqlite3_stmt *s, int at);
int sqlite3_column_type(sqlite3_stmt *s, int at);
int64_t sqlite3_column_int64(sqlite3_stmt *s, int at);
double sqlite3_column_double(sqlite3_stmt *s, int at);
const unsigned char *sqlite3_column_text(sqlite3_stmt *s, int at);
int sqlite3_column_bytes(sqlite3_stmt *s, int at);
const char *sqlite3_libversion(void);

enum { OK = 0, ROW = 100, DONE = 101, IS_NULL = 5, READ_ONLY = 1, NO_MUTEX = 0x8000 };
enum { COMPANY = 1, LIMIT = 1000, MOST = 100 }; /* MOST: ids of machines, sites, products, operators are below */
enum { NONE = -1 };                              /* in place of NULL: no instant, key or quantity is negative */

typedef struct { const char *at; int64_t size; } Text; /* at NULL: there is none */

/* What was read: the counts, and sums by which a reader can tell that the columns are the expected ones. */
typedef struct { int64_t runs, scrap, stops, text_bytes, numbers; } Seen;

typedef struct {
    int64_t id, started, ended, running, machine, site, product, operator_;
    Text uuid, status, batch;
    double setup_s, units, target;
} Run;
typedef struct { int64_t run, id, timestamp; Text uuid, reason; double units; } Scrap;
typedef struct { int64_t run, id, started, ended; Text uuid, category, reason; } Stop;

typedef struct {
    sqlite3 *db;
    sqlite3_stmt *runs, *scrap, *stops;
    Text company, machines[MOST], sites[MOST], products[MOST], operators[MOST]; /* ready JSON, by id */
    double ideal_cycle_s[MOST][MOST];                                           /* by machine, product; 0 is none */
    char *out, *end, *limit;                                                    /* the JSON that is being written */
} Floor;

int start(Floor *f, Seen *seen);      /* bind and begin a read transaction */
int finish(Floor *f, int result);     /* end it; `result`, or -1 */
int load_names(Floor *f);             /* fill the arrays of ready JSON */

/* --- a row: every column is read, each NULL looked for ----------------------------------------------------------- */

static inline Text text(sqlite3_stmt *s, int at, Seen *seen)
{
    Text value = {(const char *)sqlite3_column_text(s, at), sqlite3_column_bytes(s, at)};
    seen->text_bytes += value.size;
    return value;
}
static inline Text text_or_none(sqlite3_stmt *s, int at, Seen *seen)
{
    return sqlite3_column_type(s, at) == IS_NULL ? (Text){0} : text(s, at, seen);
}
static inline int64_t whole(sqlite3_stmt *s, int at, Seen *seen)
{
    int64_t value = sqlite3_column_int64(s, at);
    seen->numbers += value;
    return value;
}
static inline int64_t whole_or_none(sqlite3_stmt *s, int at, Seen *seen)
{
    return sqlite3_column_type(s, at) == IS_NULL ? NONE : whole(s, at, seen);
}
static inline double number(sqlite3_stmt *s, int at, Seen *seen)
{
    double value = sqlite3_column_double(s, at);
    seen->numbers += (int64_t)value;
    return value;
}
static inline double number_or_none(sqlite3_stmt *s, int at, Seen *seen)
{
    return sqlite3_column_type(s, at) == IS_NULL ? NONE : number(s, at, seen);
}

static inline Run read_run(sqlite3_stmt *s, Seen *seen)
{
    Run r;
    r.id = whole(s, 0, seen);
    r.uuid = text(s, 1, seen);
    r.started = whole(s, 2, seen);
    r.ended = whole(s, 3, seen);
    r.status = text(s, 4, seen);
    r.setup_s = number(s, 5, seen);
    r.running = whole_or_none(s, 6, seen);
    r.units = number(s, 7, seen);
    r.target = number_or_none(s, 8, seen);
    r.batch = text_or_none(s, 9, seen);
    r.machine = whole(s, 10, seen);
    r.site = whole(s, 11, seen);
    r.product = whole(s, 12, seen);
    r.operator_ = whole_or_none(s, 13, seen);
    seen->runs++;
    return r;
}
static inline Scrap read_scrap(sqlite3_stmt *s, Seen *seen)
{
    Scrap c;
    c.run = whole(s, 0, seen);
    c.id = whole(s, 1, seen);
    c.uuid = text(s, 2, seen);
    c.units = number(s, 3, seen);
    c.reason = text_or_none(s, 4, seen);
    c.timestamp = whole(s, 5, seen);
    seen->scrap++;
    return c;
}
static inline Stop read_stop(sqlite3_stmt *s, Seen *seen)
{
    Stop d;
    d.run = whole(s, 0, seen);
    d.id = whole(s, 1, seen);
    d.uuid = text(s, 2, seen);
    d.started = whole(s, 3, seen);
    d.ended = whole_or_none(s, 4, seen);
    d.category = text_or_none(s, 5, seen);
    d.reason = text_or_none(s, 6, seen);
    seen->stops++;
    return d;
}
