/* The floor: what SQLite itself takes for the newest 1000 runs with their scrap and stops.  A program cannot answer
 * from SQLite faster than this, so a page is measured in floors.
 *
 * Fixed: floor.[ch], json.c, schema.sql and the queries below are a yardstick.  They are not changed along with the
 * program; whoever changes them measures everything anew and says so.
 *
 * floor_step steps the rows and reads every column of each, and does nothing else.  floor_write is in json.c.
 * The library is the one that Python's sqlite3 module has loaded: two of them on one file in one process corrupt it. */

#include "floor.h"
#include <stdlib.h>
#include <string.h>

#define PAGE "FROM run WHERE company = ?1 ORDER BY started DESC LIMIT ?2"
#define RUNS_SQL                                                                                                       \
    "SELECT id, uuid, started, ended, status, setup_s, running, units, target, batch, machine, site, product,"         \
    " operator " PAGE
#define SCRAP_SQL                                                                                                      \
    "SELECT c.run, c.id, c.uuid, c.units, c.reason, c.timestamp"                                                       \
    " FROM (SELECT id " PAGE ") AS page CROSS JOIN scrap c ON c.run = page.id"
#define STOPS_SQL                                                                                                      \
    "SELECT c.run, c.id, c.uuid, c.started, c.ended, c.category, c.reason"                                             \
    " FROM (SELECT id " PAGE ") AS page CROSS JOIN stop c ON c.run = page.id"

const char *floor_library_version(void) { return sqlite3_libversion(); }

void floor_close(Floor *f)
{
    if (f == NULL)
        return;
    sqlite3_finalize(f->runs), sqlite3_finalize(f->scrap), sqlite3_finalize(f->stops);
    sqlite3_close(f->db);
    free(f->out);
    free(f);
}

/* The database at `path` (UTF-8), ready to be asked; NULL when it cannot be opened or is not the floor's. */
Floor *floor_open(const char *path)
{
    Floor *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    if (sqlite3_open_v2(path, &f->db, READ_ONLY | NO_MUTEX, NULL) != OK ||
        sqlite3_prepare_v2(f->db, RUNS_SQL, -1, &f->runs, NULL) != OK ||
        sqlite3_prepare_v2(f->db, SCRAP_SQL, -1, &f->scrap, NULL) != OK ||
        sqlite3_prepare_v2(f->db, STOPS_SQL, -1, &f->stops, NULL) != OK || load_names(f) != 0) {
        floor_close(f);
        return NULL;
    }
    return f;
}

int start(Floor *f, Seen *seen)
{
    sqlite3_stmt *each[] = {f->runs, f->scrap, f->stops};
    memset(seen, 0, sizeof *seen);
    for (int i = 0; i < 3; i++)
        if (sqlite3_bind_int64(each[i], 1, COMPANY) != OK || sqlite3_bind_int64(each[i], 2, LIMIT) != OK)
            return -1;
    return sqlite3_exec(f->db, "BEGIN", NULL, NULL, NULL) == OK ? 0 : -1;
}

int finish(Floor *f, int result)
{
    sqlite3_reset(f->runs), sqlite3_reset(f->scrap), sqlite3_reset(f->stops);
    return sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL) == OK ? result : -1;
}

/* Step the page's rows and read every column.  0, or -1 when SQLite reports an error. */
int floor_step(Floor *f, Seen *seen)
{
    int code;
    if (start(f, seen) != 0)
        return -1;
    while ((code = sqlite3_step(f->runs)) == ROW)
        read_run(f->runs, seen);
    if (code != DONE)
        return finish(f, -1);
    while ((code = sqlite3_step(f->scrap)) == ROW)
        read_scrap(f->scrap, seen);
    if (code != DONE)
        return finish(f, -1);
    while ((code = sqlite3_step(f->stops)) == ROW)
        read_stop(f->stops, seen);
    return finish(f, code == DONE ? 0 : -1);
}
