/* What starts the single file: CPython, with every compiled module built in and all pure code in the zip at its end.

   The interpreter is isolated: no environment variable, no folder of the machine and no site-packages can put code into
   it, and nothing is ever loaded by the dynamic linker (see __wrap_dlopen).  `extensions.h` and `functions.h` are written
   by the build: the modules that are built in beside CPython's own, and SQLite's functions that rows are stepped with. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define EXTENSION(name, init) extern PyObject *init(void);
#include "extensions.h"
#undef EXTENSION

#define EXTENSION(name, init) {name, init},
static struct _inittab extensions[] = {
#include "extensions.h"
    {NULL, NULL}};
#undef EXTENSION

#define FUNCTION(name) extern void sqlite3_##name(void);
#include "functions.h"
#undef FUNCTION

/* nexshift.storage.linked: where SQLite's functions are, which elsewhere are looked up in a shared library. */
static int fill_linked(PyObject *module) {
    PyObject *addresses = PyDict_New();
    if (addresses == NULL) return -1;
#define FUNCTION(name)                                                                    \
    {                                                                                     \
        PyObject *address = PyLong_FromUnsignedLongLong((uintptr_t)sqlite3_##name);       \
        if (address == NULL || PyDict_SetItemString(addresses, #name, address) < 0) {     \
            Py_XDECREF(address);                                                          \
            Py_DECREF(addresses);                                                         \
            return -1;                                                                    \
        }                                                                                 \
        Py_DECREF(address);                                                               \
    }
#include "functions.h"
#undef FUNCTION
    int failed = PyModule_AddObjectRef(module, "ADDRESSES", addresses);
    Py_DECREF(addresses);
    return failed;
}

static PyModuleDef_Slot linked_slots[] = {{Py_mod_exec, fill_linked}, {0, NULL}};
static struct PyModuleDef linked = {PyModuleDef_HEAD_INIT, .m_name = "nexshift.storage.linked", .m_slots = linked_slots};

PyObject *PyInit_nexshift_storage_linked(void) { return PyModuleDef_Init(&linked); }

/* The dynamic linker's entrances, for everybody who is linked here: the C library's name services and character sets,
   OpenSSL's engines, SQLite's extensions.  A library of another C library's version would break the process. */
void *__wrap_dlopen(const char *Py_UNUSED(path), int Py_UNUSED(mode)) { return NULL; }
void *__wrap___libc_dlopen_mode(const char *Py_UNUSED(path), int Py_UNUSED(mode)) { return NULL; }

static int fail(const char *sentence, PyStatus status) {
    fprintf(stderr, "Error: %s%s%s\n", sentence, status.err_msg ? ": " : "", status.err_msg ? status.err_msg : "");
    return 1;
}

int main(int argc, char **argv) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    PyStatus status = PyStatus_Ok();
    if (length < 0) return fail("this program finds itself through /proc, which is not mounted here", status);
    path[length] = 0;

    PyPreConfig early;
    PyPreConfig_InitIsolatedConfig(&early);
    early.utf8_mode = 1; /* also where the machine's locale says nothing, or ASCII */
    status = Py_PreInitialize(&early);
    if (PyStatus_Exception(status)) return fail("Python did not start", status);
    if (PyImport_ExtendInittab(extensions) < 0) return fail("there is no memory", status);

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.write_bytecode = 0;
    config.parse_argv = 0;
    config.install_signal_handlers = 1;
    config.module_search_paths_set = 1;
    wchar_t *self = Py_DecodeLocale(path, NULL);
    wchar_t **settings[] = {&config.executable, &config.base_executable, &config.program_name, &config.home,
                            &config.prefix,     &config.exec_prefix,     &config.base_prefix,  &config.base_exec_prefix};
    if (self == NULL) return fail("there is no memory", status);
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings) && !PyStatus_Exception(status); i++)
        status = PyConfig_SetString(&config, settings[i], self);
    if (!PyStatus_Exception(status)) status = PyWideStringList_Append(&config.module_search_paths, self);
    if (!PyStatus_Exception(status)) status = PyConfig_SetBytesArgv(&config, argc, argv);
    if (!PyStatus_Exception(status)) status = PyConfig_SetString(&config, &config.run_command, L"import nexshift_start");
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) return fail("Python did not start", status);
    PySys_SetObject("frozen", Py_True); /* the standard library's word for a program that is one file */
    return Py_RunMain();
}
