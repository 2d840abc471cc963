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
	"strings"
	"time"
)

const (
	reachWithin = 4 * time.Second        // a mirror that has not answered by then is out of reach
	preferFor   = 500 * time.Millisecond // how long mirrors earlier in the list may answer after a later one
	stallAfter  = 15 * time.Second       // a download without a byte for so long has died
	attempts    = 3                      // times that one mirror is asked for one file
)

// errUnreachable says that no mirror answered.
var errUnreachable = errors.New("no mirror can be reached")

// downloader fetches files from mirrors.
type downloader struct {
	client   *http.Client
	progress func(done, total int64, file string)
	logf     func(format string, args ...any)

	reachWithin, stallAfter time.Duration
}

// newClient returns the client for downloads. It gives up on hosts that do not
// answer before its caller's patience ends; the time for the body is not limited.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: stallAfter,
		ForceAttemptHTTP2:     true,
	}}
}

// reach asks all mirrors at once for a file, and returns them with those that
// answered first, otherwise in their order. It returns errUnreachable when none
// answers within d.reachWithin.
//
// It is what makes a missing network known quickly: asked one after another, the
// mirrors' timeouts would add up.
func (d *downloader) reach(ctx context.Context, mirrors []string, file string) ([]string, error) {
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

	heard := make([]error, len(mirrors))
	for i := range heard {
		heard[i] = errUnreachable
	}
	var reasons []string
	var enough <-chan time.Time
collect:
	for range mirrors {
		select {
		case a := <-answers:
			heard[a.mirror] = a.err
			if a.err != nil {
				reasons = append(reasons, host(mirrors[a.mirror])+": "+cause(a.err))
			} else if a.mirror == 0 {
				break collect
			} else if enough == nil {
				enough = time.After(preferFor)
			}
		case <-enough:
			break collect
		}
	}

	var near, far []string
	for i, mirror := range mirrors {
		if heard[i] == nil {
			near = append(near, mirror)
		} else {
			far = append(far, mirror)
		}
	}
	if len(near) == 0 {
		return nil, fmt.Errorf("%w: %s", errUnreachable, strings.Join(reasons, "; "))
	}
	return append(near, far...), nil
}

// host is the host of an address.
func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return address
}

// cause is what went wrong with a request, without the address and the layers of
// the network that it went through.
func cause(err error) string {
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		return dns.Err
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}

// fetch downloads the file of this name from the first mirror that delivers one
// which passes check, and puts it at dest.
//
// It writes to dest + ".part", and takes up what an earlier download left there. The
// file appears under its own name only when it is complete, checked and on the disk.
func (d *downloader) fetch(ctx context.Context, mirrors []string, name, dest string, check func(path string) error) error {
	part := dest + ".part"
	var reasons []string
	for _, mirror := range mirrors {
		d.logf("downloading %s%s", mirror, name)
		err := d.fetchFrom(ctx, mirror+name, part, check)
		if err == nil {
			return os.Rename(part, dest)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("download of %s stopped: %w", name, context.Cause(ctx))
		}
		var local *fs.PathError
		if errors.As(err, &local) {
			return fmt.Errorf("download of %s: %w", name, err)
		}
		d.logf("%v", err)
		reasons = append(reasons, err.Error())
	}
	return fmt.Errorf("download of %s failed: %s", name, strings.Join(reasons, "; "))
}

// fetchFrom downloads from one address, going on where a broken connection left
// off.
func (d *downloader) fetchFrom(ctx context.Context, url, part string, check func(path string) error) error {
	var err error
	for range attempts {
		var resumed bool
		if resumed, err = d.get(ctx, url, part); err == nil {
			if err = check(part); err == nil {
				return nil
			}
			err = fmt.Errorf("%s: %w", url, err)
			if removeErr := os.Remove(part); removeErr != nil {
				return removeErr
			}
			if resumed {
				continue // the fault may lie in what was there before
			}
			return err
		}
		var retry *cutOffError
		if !errors.As(err, &retry) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// cutOffError is the end of a download before its time. Asking again may help.
type cutOffError struct {
	url  string
	done int64
	err  error
}

func (e *cutOffError) Error() string {
	return fmt.Sprintf("%s: cut off after %d bytes: %v", e.url, e.done, e.err)
}

func (e *cutOffError) Unwrap() error { return e.err }

// get makes one request and appends what it delivers to part. It reports whether
// part has bytes from an earlier request in it.
func (d *downloader) get(ctx context.Context, url, part string) (resumed bool, err error) {
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
	// Without this, the client may unpack on the fly what is to be stored packed.
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
		start = 0 // from the beginning, whatever was asked for
	case resp.StatusCode == http.StatusPartialContent && rangeStart(resp) == start:
	case resp.StatusCode == http.StatusPartialContent,
		resp.StatusCode == http.StatusRequestedRangeNotSatisfiable && start > 0:
		// What is there does not fit what the mirror has.
		if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		return false, &cutOffError{url, 0, fmt.Errorf("cannot go on at byte %d", start)}
	default:
		return false, fmt.Errorf("%s: %s", url, resp.Status)
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
	body := &watchedReader{r: io.LimitReader(resp.Body, maxBytes), watchdog: watchdog, stall: d.stallAfter}
	body.tell = func(n int64) { d.progress(start+n, total, filepath.Base(strings.TrimSuffix(part, ".part"))) }
	if _, err := io.Copy(out, body); err != nil {
		if body.err == nil {
			return start > 0, err // of the disk, not of the network
		}
		return start > 0, &cutOffError{url, start + body.n, causeOr(ctx, err)}
	}
	return start > 0, out.Sync()
}

// causeOr returns why ctx was cancelled, which says more than what the client makes
// of it, or err when it was not.
func causeOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// rangeStart returns the first byte that a partial response holds, -1 if it does not
// say.
func rangeStart(resp *http.Response) int64 {
	var start int64
	if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &start); err != nil {
		return -1
	}
	return start
}

// watchedReader counts what is read, tells of it, and keeps the watchdog quiet as long
// as data come.
type watchedReader struct {
	r        io.Reader
	n        int64
	err      error // what ended reading, but for the end of the data
	watchdog *time.Timer
	stall    time.Duration
	tell     func(n int64)
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.watchdog.Reset(w.stall)
		w.n += int64(n)
		w.tell(w.n)
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}
