//go:build mpi

// A thin binding to the functions of MPI that package mpi uses. All calls wait by polling, so that
// they can end with a note of another rank or when the time is over.

#define _GNU_SOURCE
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "binding.h"

static char message[MPI_MAX_ERROR_STRING];

const char *inkstone_error_text(void) { return message; }

static MPI_Comm work;   // the messages of the training
static MPI_Comm notes;  // the texts of ranks that have failed, and the end of the job
static MPI_Comm ending; // the barrier after a failure
static int rank, size;

// The tags of messages of notes.
enum { failure_tag, done_tag, release_tag };

// check returns inkstone_done, or inkstone_error with the message of an error of MPI.
static int check(int code) {
	int length;
	if (code == MPI_SUCCESS)
		return inkstone_done;
	MPI_Error_string(code, message, &length);
	return inkstone_error;
}

// start initializes MPI. Go's signal handlers stay in place: MPI libraries set some of their own.
int inkstone_start(int *r, int *n) {
	struct sigaction handlers[NSIG];
	int have[NSIG], provided, code;
	for (int s = 1; s < NSIG; s++)
		have[s] = sigaction(s, NULL, &handlers[s]) == 0;
	code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
	for (int s = 1; s < NSIG; s++)
		if (have[s])
			sigaction(s, &handlers[s], NULL);
	if (code != MPI_SUCCESS)
		return check(code);
	if (provided < MPI_THREAD_SERIALIZED) {
		strcpy(message, "the library allows calls from one thread only");
		return inkstone_error;
	}
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &size);
	*r = rank;
	*n = size;
	MPI_Comm *copies[] = {&work, &notes, &ending};
	for (int i = 0; i < 3; i++) {
		if ((code = MPI_Comm_dup(MPI_COMM_WORLD, copies[i])) != MPI_SUCCESS)
			return check(code);
		MPI_Comm_set_errhandler(*copies[i], MPI_ERRORS_RETURN);
	}
	return inkstone_done;
}

// processors counts the processors that this rank may use, those that any rank on the same machine
// may use, and the sum over these ranks of those that each may use. All are 0 where the
// operating system does not say.
void inkstone_processors(int *own, int *all, int *sum) {
	*own = *all = *sum = 0;
#ifdef __linux__
	cpu_set_t mine, every;
	MPI_Comm machine;
	if (sched_getaffinity(0, sizeof mine, &mine) != 0)
		CPU_ZERO(&mine);
	MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine);
	MPI_Allreduce(&mine, &every, sizeof mine, MPI_BYTE, MPI_BOR, machine);
	*own = CPU_COUNT(&mine);
	*all = CPU_COUNT(&every);
	MPI_Allreduce(own, sum, 1, MPI_INT, MPI_SUM, machine);
	MPI_Comm_free(&machine);
#endif
}

// library writes the name and version of the library, in one line.
void inkstone_library(char *text) {
	int length;
	MPI_Get_library_version(text, &length);
	text[strcspn(text, "\r\n,")] = 0;
	for (char *tab = text; (tab = strchr(tab, '\t')); )
		*tab = ' ';
}

// poll waits for a request. It spins for half a millisecond, and then gives up the processor between
// two looks. Of a longer time between two looks, in which the process did not run, a second counts: if a
// job is suspended, all of its ranks are.
static int poll(MPI_Request *request, double seconds, int watch) {
	double last = MPI_Wtime(), waited = 0;
	for (int i = 1;; i++) {
		int done = 0;
		int code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
		if (code != MPI_SUCCESS)
			return check(code);
		if (done)
			return inkstone_done;
		if (i % 32 != 0)
			continue;
		if (watch) {
			int note = 0;
			MPI_Iprobe(MPI_ANY_SOURCE, failure_tag, notes, &note, MPI_STATUS_IGNORE);
			if (note)
				return inkstone_note;
		}
		double now = MPI_Wtime(), gap = now - last;
		waited += gap < 1 ? gap : 1;
		last = now;
		if (waited > seconds)
			return inkstone_timeout;
		if (waited > 0.0005) {
			struct timespec pause = {0, 20000};
			nanosleep(&pause, NULL);
		} else {
			sched_yield();
		}
	}
}

// receive receives a message. If none comes, it gives up the request.
static int receive(void *data, int length, int from, int tag, MPI_Comm comm, double seconds) {
	MPI_Request request;
	int result = check(MPI_Irecv(data, length, MPI_BYTE, from, tag, comm, &request));
	if (result == inkstone_done && (result = poll(&request, seconds, 1)) != inkstone_done && request != MPI_REQUEST_NULL) {
		MPI_Cancel(&request);
		MPI_Request_free(&request);
	}
	return result;
}

// most is the largest number of bytes of a message of MPI, whose lengths are of the type int.
static const size_t most = 1 << 30;

static int part(size_t length) { return length < most ? (int)length : (int)most; }

int inkstone_send(void *data, size_t length, int to, double seconds) {
	int result = inkstone_done;
	for (char *p = data; result == inkstone_done && length > 0; p += part(length), length -= part(length)) {
		MPI_Request request;
		result = check(MPI_Isend(p, part(length), MPI_BYTE, to, 0, work, &request));
		if (result == inkstone_done)
			result = poll(&request, seconds, 1);
	}
	return result;
}

int inkstone_receive(void *data, size_t length, int from, double seconds) {
	int result = inkstone_done;
	for (char *p = data; result == inkstone_done && length > 0; p += part(length), length -= part(length))
		result = receive(p, part(length), from, 0, work, seconds);
	return result;
}

int inkstone_broadcast(void *data, size_t length, int root, double seconds) {
	int result = inkstone_done;
	for (char *p = data; result == inkstone_done && length > 0; p += part(length), length -= part(length)) {
		MPI_Request request;
		result = check(MPI_Ibcast(p, part(length), MPI_BYTE, root, work, &request));
		if (result == inkstone_done)
			result = poll(&request, seconds, 1);
	}
	return result;
}

int inkstone_gather(void *own, void *all, size_t length, double seconds) {
	MPI_Request request;
	if (length > most) {
		strcpy(message, "a message to gather has more than 1 GiB");
		return inkstone_error;
	}
	int result = check(MPI_Iallgather(own, (int)length, MPI_BYTE, all, (int)length, MPI_BYTE, work, &request));
	return result == inkstone_done ? poll(&request, seconds, 1) : result;
}

// finish waits until all ranks have finished. It receives from one rank at a time, since a barrier
// could not be given up if rank 0 fails in the end.
int inkstone_finish(double seconds) {
	MPI_Request request;
	char none;
	int result = inkstone_done;
	if (rank > 0) {
		result = check(MPI_Isend(&none, 0, MPI_BYTE, 0, done_tag, notes, &request));
		if (result == inkstone_done)
			result = poll(&request, seconds, 1);
		return result == inkstone_done ? receive(&none, 0, 0, release_tag, notes, seconds) : result;
	}
	for (int from = 1; from < size && result == inkstone_done; from++)
		result = receive(&none, 0, from, done_tag, notes, seconds);
	for (int to = 1; to < size && result == inkstone_done; to++) {
		result = check(MPI_Isend(&none, 0, MPI_BYTE, to, release_tag, notes, &request));
		if (result == inkstone_done)
			result = poll(&request, seconds, 1);
	}
	return result;
}

// write_note sends a text to all other ranks. Its memory stays in use until the process ends.
void inkstone_write_note(const char *text, double seconds) {
	char *copy = strdup(text);
	for (int to = 0; to < size; to++) {
		MPI_Request request;
		if (to != rank && MPI_Isend(copy, (int)strlen(copy), MPI_CHAR, to, failure_tag, notes, &request) == MPI_SUCCESS)
			poll(&request, seconds, 0);
	}
}

// read_note receives a text that has been announced and returns the rank that sent it.
int inkstone_read_note(char *text, int room) {
	MPI_Status status;
	int length = 0;
	if (MPI_Recv(text, room - 1, MPI_CHAR, MPI_ANY_SOURCE, failure_tag, notes, &status) != MPI_SUCCESS)
		return -1;
	MPI_Get_count(&status, MPI_CHAR, &length);
	text[length] = 0;
	return status.MPI_SOURCE;
}

// ending waits until all ranks know that the job has failed, and receives what is left of notes.
int inkstone_ending(double seconds) {
	MPI_Request request;
	MPI_Status status;
	char rest[4096];
	int left, result = check(MPI_Ibarrier(ending, &request));
	if (result == inkstone_done)
		result = poll(&request, seconds, 0);
	while (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, notes, &left, &status) == MPI_SUCCESS && left)
		MPI_Recv(rest, sizeof rest, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, notes, MPI_STATUS_IGNORE);
	return result;
}

void inkstone_finalize(void) { MPI_Finalize(); }

void inkstone_abort(void) { MPI_Abort(MPI_COMM_WORLD, 1); }
