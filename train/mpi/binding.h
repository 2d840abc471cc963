#include <stddef.h>

// The results of the functions below.
enum {
	inkstone_done,
	inkstone_note,    // another rank has failed; inkstone_read_note returns its text
	inkstone_timeout, // nothing came within the time
	inkstone_error    // of MPI; inkstone_error_text has it
};

const char *inkstone_error_text(void);

int inkstone_start(int *rank, int *size);
void inkstone_processors(int *own, int *all, int *sum);
void inkstone_library(char *text);

int inkstone_send(void *data, size_t length, int to, double seconds);
int inkstone_receive(void *data, size_t length, int from, double seconds);
int inkstone_broadcast(void *data, size_t length, int root, double seconds);
int inkstone_gather(void *own, void *all, size_t length, double seconds);
int inkstone_finish(double seconds);

void inkstone_write_note(const char *text, double seconds);
int inkstone_read_note(char *text, int size);
int inkstone_ending(double seconds);
void inkstone_finalize(void);
void inkstone_abort(void);
