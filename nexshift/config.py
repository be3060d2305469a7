"""Every bound and default of the program, named once, with its unit and the reason for its size."""

from __future__ import annotations

# --- HTTP ---------------------------------------------------------------------------------------------------
API_PREFIX = "/api/v1"
DEFAULT_LIMIT = 500  # rows of a page when `limit` is not sent
MAX_LIMIT = 1000  # rows of a page at the most
RESOURCES = ("production", "quality", "maintenance", "safety", "batching")  # what a key may be limited to

RATE_LIMIT = 600  # requests a minute and key
BAD_KEY_LIMIT = 100  # refused keys a minute and address before 401 becomes 429
RATE_WINDOW_S = 60
MAX_TRACKED_ADDRESSES = 10_000  # addresses whose bad keys are counted; the longest unseen is forgotten first

FEW_CHANGES = 10_000  # rows that are looked up by their numbers and sorted; that takes under 8 MB of memory

MAX_QUERY_BYTES = 8_192  # of a request's query string; the longest honest one is under 1,000
MAX_CURSOR_BYTES = 7_000  # of a flat table's cursor, so that it fits a query string beside the other parameters
MAX_HEADER_BYTES = 32_768  # of a request line and its headers; browsers send under 8,000
MAX_BODY_BYTES = 262_144  # of a request; a reading service needs none, but some clients send one with GET
REQUEST_DEADLINE_S = 20  # to receive a request's head completely
KEEP_ALIVE_S = 5  # that a connection may stay open without a request; a board that asks every second keeps its own
STALLED_S = 30  # in which a client that is sent an answer must read something of it
MAX_PIPELINED = 100  # requests that a connection has sent ahead, beyond which no more are read for now
CLIENT_LOOK_S = 0.5  # between two looks whether such a client is still there
MAX_CONNECTIONS = 1_000  # open at once, a process; each costs some 20 kB and a file descriptor
MAX_TURNED_AWAY = 50  # connections beyond those that are being told so; more are closed without a word
TURNED_AWAY_S = 1  # for one of them to read that
CONNECTIONS_RETRY_S = 5  # after which it is told to come again; idle connections have been closed by then
MAX_METERED_ROUTES = 64  # paths whose requests are counted apart; the last place is for all others
ROWS_COUNTED_EVERY_S = 60  # at most, for /metrics; 3 million runs take 70 ms once their index is in memory
ROWS_COUNTED_SHARE = 100  # of the time that counting took, before it is done again: it never takes over 1 % of a core
RESERVED_FILES = 100  # descriptors that are no connections; the database takes some 20
LEAST_CONNECTIONS = 10  # that a process must be able to hold; a browser alone opens six
MAX_PREFLIGHT_BYTES = 2_000  # of the names of headers that a web page asks leave for; OData libraries name up to 200
INLINE_BYTES = 65_536  # larger bodies are compressed in a thread, away from the event loop
RESPONSE_CACHE_MIB = 64  # a process; some 40 pages of 1000 runs with compressed bodies, or thousands of small ones
RESPONSE_CACHE_SHARE = 8  # one body larger than this part of the cache is not kept: it would drive out too many others
REMEMBERED_GRANTS = 1_000  # keys whose grants are remembered until the next commit
INLINE_ROWS = 20  # pages up to this are made on the event loop, in less time than a thread takes to be woken
INLINE_STEPS = 8_000  # of SQLite's machine; a page of 20 runs with their children takes 1,500, and these 0.3 ms
SHUTDOWN_S = 4  # for answers that are under way when the service is stopped
EXIT_S = 4.5  # after which a process that was told to stop ends, whatever a thread of it still waits for
WORKER_PAUSE_S = 0.5  # before a worker that died is replaced; one that cannot start would else take a core
TLS_HANDSHAKE_S = 20  # to begin an encrypted connection; one that never does is none of those that are counted
PLAIN_HTTP_TOLD_S = 60  # between two lines of the log that plain HTTP came to a TLS port; each gets its answer
TLS_CLOSE_S = 1  # for the client to agree that an encrypted connection ends; one that is idle does not look
TLS_LOOK_S = 10  # between two looks whether the certificate's files have changed
HSTS_DAYS = 365  # for which a browser asks this host over TLS alone, once it was asked so
MAX_HSTS_DAYS = 3_650
TLS_EXPIRY_WARNING_DAYS = 14  # before a certificate expires; time to have a company's authority make another
GZIP_MIN_BYTES = 1_000  # below this a compressed body is hardly smaller

READ_SHARE = 3  # of the READ_CONNECTIONS that one key may have pages of listings made by
TABLE_READERS = 4  # flat tables that are read at once, a process; one may pass over all rows, and listings go on
TABLE_SHARE = 3  # of them that one key may have
READ_DEADLINE_S = 90  # to read a page; Power Query waits for 100
MAX_WAITING = 250  # requests that wait for a reader, a process; each of listings and of flat tables
WAIT_S = 60  # for one of them to find one
ROOM_WAIT_S = 5  # for answers that are under way to be received, before more is made
WAIT_RETRY_S = 5  # after which a client that did not is told to come again
PAGE_BYTES = 16_777_216  # of rows, after which a page ends; 1000 runs make 1.4 MB, 10,000 rows of OData 10
OUTGOING_KEY_BYTES = (
    67_108_864  # of answers that are held for clients with one key, before more is made; 12 pages of OData
)
OUTGOING_BYTES = 268_435_456  # of all, a process
SEND_PIECE_BYTES = 262_144  # of a body that are handed over at once; the rest is, as soon as these were received
SEND_S = 60  # for a body to be received, and
SLOWEST_BYTES_S = 32_768  # a second more for each of these: 256 kbit/s
DOWNLOADS = 4  # of whole tables at once, a process; each holds a connection
DOWNLOADS_SHARE = 2  # of them that one key may have
DOWNLOADS_RETRY_S = 5  # after which a client that found all of them taken is told to come again
WORKBOOK_RETRY_S = 60  # after which a client whose workbook found no room is told to come again
DOWNLOAD_S = 3_600  # for a whole table to be received; a slower client would hold its commit for a day
SPOOL_BYTES = 1_073_741_824  # of a CSV file that are put aside beside the database for a slow client
LOG_BYTES = 33_554_432  # of SQLite's log, from which on nobody reads for long; SQLite empties it at 4 MB
LOG_LOOK_S = 1  # between two looks at it while tables are downloaded
LOG_DEADLINE_S = 10  # to read a page while it is longer than that and grows
LOG_HOLD_S = 15  # for which no long read begins when all of them together keep it from being emptied,
LOG_REST_S = 60  # and then not for so long, if that was of no use
LOG_EMPTY_MS = 5_000  # that who has written waits for readers, to empty a log of that length
LOG_RETRY_S = 30  # after which a client whose page took longer is told to come again
CHUNK_BYTES = 262_144  # of a file that are made at once; 1,000 rows, in a few milliseconds

GC_THRESHOLDS = (50_000, 20, 100)  # through `sqlite3`, 1000 runs are some 10,000 objects that its collector tracks

# --- OData --------------------------------------------------------------------------------------------------
ODATA_PREFIX = "/odata/v4"
ODATA_PAGE = 5_000  # rows of a page when the client wants no other number; runs make 5 MB of it
MAX_ODATA_PAGE = 10_000  # rows of a page at the most; a page is made in memory
MAX_ODATA_QUERY_BYTES = 16_384  # of a request's query string: `$filter` takes longer ones, and a page's place is in it
MAX_ODATA_KEY = 1_000  # characters of a row's address, `(…)`
MAX_ORDER_COLUMNS = 8  # that `$orderby` names; people name up to 3
MAX_ORDERED_TEXT = 200  # characters of a text that rows are sorted by; more would not fit the next page's address
MAX_PLACE_BYTES = 9_000  # of a page's place as text: eight such texts of the longest characters
MAX_FILTER_TERMS = 500  # columns and values of a `$filter`; SQLite takes expressions of 1,000
MAX_FILTER_DEPTH = 12  # operators and functions of a `$filter` within each other; SQLite's parser has a stack of 100

# --- Excel workbooks ----------------------------------------------------------------------------------------
MAX_SHEET_ROWS = 1_048_575  # below the header; a sheet has 2^20 rows
MAX_TABLE_ROWS = 100_000  # that are an Excel table; Excel takes long to open a larger one
MAX_SHEET_NAME = 31  # characters
SHEET_CHUNK_BYTES = 262_144  # of a sheet's XML at a time, some 100 rows, in between it is asked whether anybody waits

# --- SQLite -------------------------------------------------------------------------------------------------
READ_CONNECTIONS = 4  # a process; stepping SQLite releases the GIL, more than a few only wait for each other
READ_CACHE_KIB = 8_192  # of database pages that a connection keeps; 1000 runs recorded out of order lie on 3 MB
READ_WAIT_S = 30  # for one of them to be returned; all pages together take milliseconds
SQLITE_HEAP_BYTES = (
    536_870_912  # that SQLite takes in a process of the service; sorting 300,000 runs takes 40 to 180 MB
)
SORT_RETRY_S = 30  # after which a client whose rows found no room to be sorted is told to come again
READ_BUSY_TIMEOUT_MS = 1_000  # readers of a WAL database hardly ever wait; longer means it does not answer
BUSY_PAUSE_S = 0.01  # between two questions to a locked database, while other requests are answered
WRITE_BUSY_TIMEOUT_MS = 10_000  # a writer waits this long for another import to finish
KEPT_PAGE_BYTES = 4_194_304  # of the buffer that a connection writes pages into; a larger one is given back
CACHED_STATEMENTS = 256  # a connection; a listing has few query shapes
MAX_CACHED_NAMES = 50_000  # machines, sites, products, operators a connection remembers

# --- copies -------------------------------------------------------------------------------------------------
MAX_CHECKSUM_BYTES = 65_536  # read of a file with a SHA-256; one with a name of 4,096 escaped bytes is shorter
STALE_PARTIAL_S = 86_400  # a hidden file that nothing was added to for a day was left by a program that was killed
BACKUP_KEEP = 14  # nightly backups that stay: damage that nobody sees for a week is not in all of them
MAX_BACKUP_KEEP = 10_000  # 27 years
BACKUP_RETRY_S = 3_600  # from a nightly backup that failed to the next attempt; whoever reads the log has acted by then
BACKUP_NIGHT_S = 72_000  # after a nightly backup, in which a clock that was set back calls for no other one; 20 hours
CLOCK_JUMP_S = 43_200  # between what the clock says and what it should, that is told; a change to summer time is 3,600
BACKUP_LOOK_S = 30  # between two looks at the clock, which may be set, and stands still while a machine sleeps
BACKUP_NICENESS = 10  # of the thread that makes them: requests come first where both want a processor
BACKUP_STOP_S = 0.3  # that the service, after EXIT_S, waits for a backup to stop when it is stopped itself
LOG_LOOKS = 4  # at a write-ahead log in which something is odd, which a writer may just be making
MAX_LOG_BYTES_AT_START = 16_777_216  # of a log that `serve` looks through, in 0.3 s; SQLite empties it at 4 MB
RESTORE_ATTEMPTS = 5  # to save what is replaced and to replace it, before somebody commits in between

# --- exports ------------------------------------------------------------------------------------------------
EXPORT_CHUNK_BYTES = 4_194_304  # of CSV that is written at once, to a file or to what makes Parquet of it
EXPORT_CHUNK_ROWS = 100_000  # at the most; a stop is noticed after each chunk
PARQUET_GROUP_ROWS = 131_072  # that are compressed together: what a reader skips or reads as one
PARQUET_GROUP_BYTES = 33_554_432  # of them in memory, after which a group ends however few rows it has; 80,000 runs
EXPORT_PROGRESS_ROWS = 200_000  # exports of fewer rows are done before a bar would be read

# --- values -------------------------------------------------------------------------------------------------
MAX_QUANTITY = 2**53  # the largest count up to which every whole number is a double
MAX_TEXT = 10_000  # characters

# --- import -------------------------------------------------------------------------------------------------
MAX_CELL = 131_072  # characters of one CSV cell; beyond it a quotation mark was surely forgotten
MAX_LINE = 4_194_304  # characters of one line of a file, and so of one NDJSON object
MAX_JSON_BYTES = 67_108_864  # of a JSON file, which is read whole; CSV and NDJSON stream and have no bound
MAX_PROBLEMS_SHOWN = 100  # bad cells that an import spells out; the others are counted
MAX_NEAREST_NAMES = 5_000  # names that a misspelt one is compared with
MAX_NEAREST_LOOKUPS = 100  # misspelt names of one import that get a proposal; each costs up to 0.2 s
MAX_CREATED_SHOWN = 20  # names that an import created and names; each is compared with all that were there before
FAR_FROM_RUN_S = 86_400  # scrap is often counted at the end of a shift, and hardly ever a day after its run
OVERLAP_LOOK_BACK = 100  # runs before the first one that an import wrote, whose ends may lie behind its start
MAX_NEAR_ROWS = 20  # stored rows of nearly the same key that a new row is compared with
IMPORT_CACHE_KIB = 65_536  # pages that the importing connection keeps; random index pages are hit again and again
IMPORT_SEEN_ROWS = 50_000  # rows of a call that are remembered in memory before they go to a temporary table
PROGRESS_MIN_BYTES = 4_194_304  # files smaller than this together are loaded before a bar would be read

# --- command line -------------------------------------------------------------------------------------------
MAX_CONFIG_BYTES = 1_048_576  # of a configuration file; one that sets everything has under 2,000
