package mnist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	reachWithin = 4 * time.Second        // time in which a mirror must answer
	preferFor   = 500 * time.Millisecond // time to wait for a preferred mirror after another one has answered
	stallAfter  = 15 * time.Second       // time without data after which a download is canceled
	attempts    = 3                      // number of requests to a mirror for a file
	fileWithin  = 20 * time.Minute       // time for all requests to a mirror for a file
	retryAfter  = time.Second            // first pause before another request to a busy mirror, doubled each time
	retryWithin = 10 * time.Second       // longest pause before another request
)

// downloader fetches files from mirrors.
type downloader struct {
	client   *http.Client
	progress func(done, total int64, file string)
	logf     func(format string, args ...any)

	reachWithin, stallAfter, fileWithin, retryAfter time.Duration
}

// newClient returns the HTTP client for downloads. It limits the time for a connection and
// for the header of a response, but not the time for the body.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: stallAfter,
		ForceAttemptHTTP2:     true,
	}}
}

// rankMirrors asks all mirrors for a file at the same time, so that their timeouts do not add
// up. It returns the mirrors that answered, then the others, both in the order of the list.
// It returns [ErrUnreachable] if no mirror answers within d.reachWithin.
func (d *downloader) rankMirrors(ctx context.Context, mirrors []string, file string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, d.reachWithin)
	defer cancel()
	type answer struct {
		mirror int
		err    error
	}
	answers := make(chan answer, len(mirrors))
	for i, mirror := range mirrors {
		go func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodHead, mirror+file, nil)
			if err == nil {
				var resp *http.Response
				if resp, err = d.client.Do(req); err == nil {
					resp.Body.Close()
				}
			}
			answers <- answer{i, err}
		}()
	}

	results := make([]error, len(mirrors))
	for i := range results {
		results[i] = ErrUnreachable
	}
	var reasons []string
	var deadline <-chan time.Time
collect:
	for range mirrors {
		select {
		case a := <-answers:
			results[a.mirror] = a.err
			if a.err != nil {
				reasons = append(reasons, host(mirrors[a.mirror])+": "+cause(a.err))
			} else if a.mirror == 0 {
				break collect
			} else if deadline == nil {
				deadline = time.After(preferFor)
			}
		case <-deadline:
			break collect
		}
	}

	var reached, others []string
	for i, mirror := range mirrors {
		if results[i] == nil {
			reached = append(reached, mirror)
		} else {
			others = append(others, mirror)
		}
	}
	if len(reached) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, strings.Join(reasons, "; "))
	}
	return append(reached, others...), nil
}

// host returns the host of a URL.
func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return address
}

// cause returns the text of a request's error without the URL and the names of the network
// layers.
func cause(err error) string {
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return dns.Err
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

// fetch downloads a file to dest. It tries the mirrors in order until check accepts the file.
//
// It writes to dest + ".part" and resumes an earlier download that it finds there. It renames
// the file to dest when the file is complete, checked and synced. It returns an error if no
// mirror has such a file of at most limit bytes.
func (d *downloader) fetch(ctx context.Context, mirrors []string, name, dest string, limit int64, check func(path string) error) error {
	part := dest + ".part"
	var reasons []string
	for _, mirror := range mirrors {
		d.logf("downloading %s%s", mirror, name)
		err := d.fetchFrom(ctx, mirror+name, part, limit, check)
		if err == nil {
			return os.Rename(part, dest)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the download of %s was stopped: %w", name, context.Cause(ctx))
		}
		var local *fs.PathError
		if errors.As(err, &local) {
			return fmt.Errorf("the download of %s failed: %w", name, err)
		}
		d.logf("%v", err)
		reasons = append(reasons, err.Error())
	}
	return fmt.Errorf("the download of %s failed: %s", name, strings.Join(reasons, "; "))
}

// fetchFrom downloads a file from a URL. It resumes the download if the connection breaks. If
// the mirror is busy, it makes another request after a pause.
func (d *downloader) fetchFrom(ctx context.Context, url, part string, limit int64, check func(path string) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d.fileWithin, fmt.Errorf("it took longer than %v", d.fileWithin))
	defer cancel()
	var err error
	pause := d.retryAfter
	for range attempts {
		var resumed bool
		if resumed, err = d.get(ctx, url, part, limit); err == nil {
			if err = check(part); err == nil {
				return nil
			}
			err = fmt.Errorf("%s: %w", url, err)
			if removeErr := os.Remove(part); removeErr != nil {
				return removeErr
			}
			if resumed {
				continue // the earlier part may be wrong
			}
			return err
		}
		if busy := (*busyError)(nil); errors.As(err, &busy) {
			select {
			case <-time.After(min(max(pause, busy.after), retryWithin)):
				pause *= 2
				continue
			case <-ctx.Done():
				return fmt.Errorf("%s: %w", url, context.Cause(ctx))
			}
		}
		var retry *cutOffError
		if !errors.As(err, &retry) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// busyError reports a status after which another request may succeed.
type busyError struct {
	url, status string
	after       time.Duration // pause in the header Retry-After, 0 for none
}

func (e *busyError) Error() string { return e.url + ": " + e.status }

// busy reports whether another request may succeed after an HTTP status.
func busy(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
}

// cutOffError reports a download that ended early. Another request may succeed.
type cutOffError struct {
	url  string
	done int64
	err  error
}

func (e *cutOffError) Error() string {
	return fmt.Sprintf("%s: the download was cut off after %d bytes: %v", e.url, e.done, e.err)
}

func (e *cutOffError) Unwrap() error { return e.err }

// get makes one request and appends the response to the file part, up to limit bytes. resumed
// reports whether part also has bytes of an earlier request.
func (d *downloader) get(ctx context.Context, url, part string, limit int64) (resumed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(d.stallAfter, func() {
		cancel(fmt.Errorf("no data for %v", d.stallAfter))
	})
	defer watchdog.Stop()

	var start int64
	if info, err := os.Stat(part); err == nil {
		start = info.Size()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	// Without this, the client may unpack the file, which is stored packed.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "inkstone")
	if start > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", start))
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return false, &cutOffError{url, start, causeOr(ctx, err)}
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusOK:
		start = 0 // the response holds the whole file
	case resp.StatusCode == http.StatusPartialContent && rangeStart(resp) == start:
	case resp.StatusCode == http.StatusPartialContent,
		resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && start > 0:
		// The part is not the beginning of the mirror's file.
		if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		return false, &cutOffError{url, 0, fmt.Errorf("cannot resume at byte %d", start)}
	case busy(resp.StatusCode):
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // 0 if it is a date
		return false, &busyError{url, resp.Status, time.Duration(seconds) * time.Second}
	default:
		return false, fmt.Errorf("%s: %s", url, resp.Status)
	}
	if n := resp.ContentLength; n > limit-start {
		return false, fmt.Errorf("%s: the file has %d bytes, want at most %d", url, start+n, limit)
	}

	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return false, err
	}
	defer func() {
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
	}()
	if err := out.Truncate(start); err != nil {
		return false, err
	}
	if _, err := out.Seek(start, io.SeekStart); err != nil {
		return false, err
	}
	total := int64(-1)
	if resp.ContentLength >= 0 {
		total = start + resp.ContentLength
	}
	body := &watchedReader{r: io.LimitReader(resp.Body, limit-start+1), watchdog: watchdog, stall: d.stallAfter}
	body.report = func(n int64) { d.progress(start+n, total, filepath.Base(strings.TrimSuffix(part, ".part"))) }
	if _, err := io.Copy(out, body); err != nil {
		if body.err == nil {
			return start > 0, err // writing failed, not the network
		}
		return start > 0, &cutOffError{url, start + body.n, causeOr(ctx, err)}
	}
	if start+body.n > limit {
		out.Truncate(0) // it is not the right file
		return false, fmt.Errorf("%s: the file has more than %d bytes", url, limit)
	}
	return start > 0, out.Sync()
}

// causeOr returns the cause of the cancellation of ctx, or err if ctx is not canceled.
func causeOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// rangeStart returns the position of the first byte of a partial response, or -1 if it is not
// known.
func rangeStart(resp *http.Response) int64 {
	var start int64
	if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &start); err != nil {
		return -1
	}
	return start
}

// watchedReader counts and reports the bytes that it reads. It resets the watchdog whenever
// data arrive.
type watchedReader struct {
	r        io.Reader
	n        int64
	err      error // error of a read, except io.EOF
	watchdog *time.Timer
	stall    time.Duration // time after which the watchdog fires
	report   func(n int64)
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.watchdog.Reset(w.stall)
		w.n += int64(n)
		w.report(w.n)
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
