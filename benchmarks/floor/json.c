/* The floor with its rows written as JSON: the body of /production/runs, byte for byte as the program answers it
 * (except next_cursor), with OEE.  Names come from arrays that were filled when the database was opened.
 *
 * As fixed as floor.c.  It knows the benchmark's plant: ids below MOST, whole quantities, none of them negative. */

#include "floor.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE = 1024 }; /* always more room than what is put between two calls of `room`: literals, numbers, instants */

static inline void room(Floor *f, int64_t size)
{
    if (__builtin_expect(f->limit - f->end >= size + SPARE, 1))
        return;
    int64_t used = f->end - f->out, capacity = 2 * (f->limit - f->out) + size + SPARE;
    f->out = realloc(f->out, capacity);
    if (f->out == NULL)
        abort();
    f->end = f->out + used;
    f->limit = f->out + capacity;
}
static inline void put(Floor *f, const char *bytes, int64_t size)
{
    memcpy(f->end, bytes, size);
    f->end += size;
}
#define PUT(f, literal) put(f, literal, sizeof(literal) - 1)

static void put_escaped(Floor *f, Text value)
{
    static const char hex[] = "0123456789abcdef";
    for (int64_t i = 0; i < value.size; i++) {
        unsigned char c = value.at[i];
        if (c < 32) {
            char code[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            put(f, code, 6);
        } else {
            if (c == '"' || c == '\\')
                *f->end++ = '\\';
            *f->end++ = c;
        }
    }
}
static void put_string(Floor *f, Text value)
{
    if (value.at == NULL) {
        PUT(f, "null");
        return;
    }
    int special = 0;
    for (int64_t i = 0; i < value.size; i++)
        special |= ((unsigned char)value.at[i] < 32) | (value.at[i] == '"') | (value.at[i] == '\\');
    room(f, 6 * value.size);
    PUT(f, "\"");
    if (special)
        put_escaped(f, value);
    else
        put(f, value.at, value.size);
    PUT(f, "\"");
}
static void put_whole(Floor *f, int64_t value)
{
    char digits[20];
    int at = 20;
    do
        digits[--at] = '0' + value % 10;
    while (value /= 10);
    put(f, digits + at, 20 - at);
}
static void put_quantity(Floor *f, double value)
{
    if (value == NONE)
        PUT(f, "null");
    else
        put_whole(f, (int64_t)value);
}
static void put_tenths(Floor *f, int64_t tenths, int always)
{
    put_whole(f, tenths / 10);
    if (tenths % 10 || always) {
        PUT(f, ".");
        put_whole(f, tenths % 10);
    }
}
static void put_instant(Floor *f, int64_t epoch)
{
    if (epoch == NONE) {
        PUT(f, "null");
        return;
    }
    int64_t shifted = epoch / 86400 + 719468, second = epoch % 86400; /* days since 0000-03-01 */
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    int year = year_of_era + era * 400 + (month <= 2);
    int pairs[] = {year / 100, year % 100, month, day, second / 3600, second / 60 % 60, second % 60};
    const int places[] = {1, 3, 6, 9, 12, 15, 18};
    char shape[] = "\"yyyy-mm-ddThh:mm:ssZ\"";
    for (int i = 0; i < 7; i++) {
        shape[places[i]] = '0' + pairs[i] / 10;
        shape[places[i] + 1] = '0' + pairs[i] % 10;
    }
    PUT(f, shape);
}
static void put_scrap(Floor *f, const Scrap *c)
{
    PUT(f, "{\"id\":"), put_string(f, c->uuid);
    PUT(f, ",\"units\":"), put_quantity(f, c->units);
    PUT(f, ",\"reason\":"), put_string(f, c->reason);
    PUT(f, ",\"timestamp\":"), put_instant(f, c->timestamp);
    PUT(f, "}");
}
static void put_stop(Floor *f, const Stop *d)
{
    PUT(f, "{\"id\":"), put_string(f, d->uuid);
    PUT(f, ",\"started_at\":"), put_instant(f, d->started);
    PUT(f, ",\"ended_at\":"), put_instant(f, d->ended);
    PUT(f, ",\"duration_minutes\":");
    if (d->ended == NONE)
        PUT(f, "null");
    else
        put_tenths(f, (int64_t)floor((double)(d->ended - d->started) / 60.0 * 10.0 + 0.5), 0);
    PUT(f, ",\"category\":"), put_string(f, d->category);
    PUT(f, ",\"reason\":"), put_string(f, d->reason);
    PUT(f, "}");
}
static void put_percent(Floor *f, double ratio)
{
    if (isnan(ratio))
        PUT(f, "null");
    else
        put_tenths(f, (int64_t)floor(ratio * 1000.0 + 0.5), 1);
}
static void put_oee(Floor *f, const Run *r, int64_t downtime_s, double scrapped)
{
    double busy = r->ended - r->started, actual = busy - downtime_s;
    double per_unit = f->ideal_cycle_s[r->machine][r->product];
    if (per_unit == 0)
        per_unit = r->target > 0 ? busy / r->target : NAN;
    double a = busy > 0 ? actual / busy : NAN;
    double p = actual == 0 || r->units == 0 ? 0 : per_unit * r->units / actual;
    p = p > 1 ? 1 : p;
    double q = r->units == 0 ? NAN : (r->units - scrapped) / r->units;
    q = q < 0 ? 0 : q;
    PUT(f, "\"oee\":{\"availability\":"), put_percent(f, a);
    PUT(f, ",\"performance\":"), put_percent(f, p);
    PUT(f, ",\"quality\":"), put_percent(f, q);
    PUT(f, ",\"overall\":"), put_percent(f, a == 0 || p == 0 || q == 0 ? 0 : a * p * q);
    PUT(f, "}");
}
static void put_ready(Floor *f, Text ready)
{
    if (ready.at == NULL)
        PUT(f, "null");
    else {
        room(f, ready.size);
        put(f, ready.at, ready.size);
    }
}
static void put_run(Floor *f, const Run *r)
{
    PUT(f, "{\"id\":"), put_string(f, r->uuid);
    PUT(f, ",\"started_at\":"), put_instant(f, r->started);
    PUT(f, ",\"ended_at\":"), put_instant(f, r->ended);
    PUT(f, ",\"status\":"), put_string(f, r->status);
    PUT(f, ",\"setup_duration_seconds\":"), put_quantity(f, r->setup_s);
    PUT(f, ",\"running_at\":"), put_instant(f, r->running);
    PUT(f, ",\"units_produced\":"), put_quantity(f, r->units);
    PUT(f, ",\"target_quantity\":"), put_quantity(f, r->target);
    PUT(f, ",\"batch_number\":"), put_string(f, r->batch);
    PUT(f, ",\"machine\":"), put_ready(f, f->machines[r->machine]);
    PUT(f, ",\"site\":"), put_ready(f, f->sites[r->site]);
    PUT(f, ",\"product\":"), put_ready(f, f->products[r->product]);
    PUT(f, ",\"operator\":"), put_ready(f, r->operator_ == NONE ? (Text){0} : f->operators[r->operator_]);
}

static int next_scrap(Floor *f, Scrap *c, Seen *seen)
{
    int code = sqlite3_step(f->scrap);
    if (code == ROW)
        *c = read_scrap(f->scrap, seen);
    return code;
}
static int next_stop(Floor *f, Stop *d, Seen *seen)
{
    int code = sqlite3_step(f->stops);
    if (code == ROW)
        *d = read_stop(f->stops, seen);
    return code;
}

/* Write the page's body as JSON; `*json` is good until the next call.  Its length, or -1 on an error. */
int64_t floor_write(Floor *f, const char **json, Seen *seen)
{
    Scrap c = {0};
    Stop d = {0};
    int run, scrap, stop;
    f->end = f->out;
    if (start(f, seen) != 0)
        return -1;
    room(f, 0);
    PUT(f, "{\"company\":"), put_ready(f, f->company), PUT(f, ",\"data\":[");
    scrap = next_scrap(f, &c, seen);
    stop = next_stop(f, &d, seen);
    while ((run = sqlite3_step(f->runs)) == ROW) {
        Run r = read_run(f->runs, seen);
        if (seen->runs > 1)
            PUT(f, ",");
        put_run(f, &r);

        double scrapped = 0;
        PUT(f, ",\"scrap\":[");
        for (int first = 1; scrap == ROW && c.run == r.id; first = 0) {
            if (!first)
                PUT(f, ",");
            put_scrap(f, &c);
            scrapped += c.units;
            scrap = next_scrap(f, &c, seen);
        }
        int64_t downtime_s = 0, reached = r.started;
        PUT(f, "],\"downtime\":[");
        for (int first = 1; stop == ROW && d.run == r.id; first = 0) {
            if (!first)
                PUT(f, ",");
            put_stop(f, &d);
            int64_t from = d.started > reached ? d.started : reached;
            int64_t to = d.ended == NONE || d.ended > r.ended ? r.ended : d.ended;
            if (to > from) {
                downtime_s += to - from;
                reached = to;
            }
            stop = next_stop(f, &d, seen);
        }
        PUT(f, "],");
        put_oee(f, &r, downtime_s, scrapped);
        PUT(f, "}");
    }
    PUT(f, "],\"meta\":{\"from\":null,\"to\":null,\"count\":"), put_whole(f, seen->runs), PUT(f, "}}");
    *json = f->out;
    int good = run == DONE && scrap == DONE && stop == DONE; /* a child that was left over would be a wrong body */
    return finish(f, good ? 0 : -1) == 0 ? f->end - f->out : -1;
}

/* Keep each row, until the process ends, as the JSON object that its columns after the id spell. */
static int load(Floor *f, const char *sql, Text *by_id)
{
    sqlite3_stmt *s;
    Seen seen;
    int code;
    if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != OK)
        return -1;
    while ((code = sqlite3_step(s)) == ROW && sqlite3_column_int64(s, 0) < MOST) {
        f->end = f->out;
        room(f, 0);
        for (int i = 1; i < sqlite3_column_count(s); i++) {
            const char *name = sqlite3_column_name(s, i);
            put(f, i == 1 ? "{" : ",", 1);
            put_string(f, (Text){name, strlen(name)});
            PUT(f, ":");
            put_string(f, text_or_none(s, i, &seen));
        }
        PUT(f, "}");
        Text kept = {malloc(f->end - f->out), f->end - f->out};
        if (kept.at == NULL)
            abort();
        memcpy((char *)kept.at, f->out, kept.size);
        by_id[sqlite3_column_int64(s, 0)] = kept;
    }
    sqlite3_finalize(s);
    return code == DONE ? 0 : -1;
}
static int load_standards(Floor *f)
{
    sqlite3_stmt *s;
    int code;
    if (sqlite3_prepare_v2(f->db, "SELECT machine, product, ideal_cycle_s FROM standard", -1, &s, NULL) != OK)
        return -1;
    while ((code = sqlite3_step(s)) == ROW && sqlite3_column_int64(s, 0) < MOST && sqlite3_column_int64(s, 1) < MOST)
        f->ideal_cycle_s[sqlite3_column_int64(s, 0)][sqlite3_column_int64(s, 1)] = sqlite3_column_double(s, 2);
    sqlite3_finalize(s);
    return code == DONE ? 0 : -1;
}

int load_names(Floor *f)
{
    Text companies[MOST] = {{0}};
    if (load(f, "SELECT id, name FROM company", companies) != 0 ||
        load(f, "SELECT id, uuid AS id, name, uom FROM machine", f->machines) != 0 ||
        load(f, "SELECT id, uuid AS id, name, location FROM site", f->sites) != 0 ||
        load(f, "SELECT id, uuid AS id, sku, description FROM product", f->products) != 0 ||
        load(f, "SELECT id, uuid AS id, full_name FROM operator", f->operators) != 0)
        return -1;
    /* {"name":"Acme"} without the braces and the key */
    const int before = sizeof("{\"name\":") - 1;
    f->company = (Text){companies[COMPANY].at + before, companies[COMPANY].size - before - 1};
    return load_standards(f);
}
