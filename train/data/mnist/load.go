package mnist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"inkstone/train/data"
)

// Env is the environment variable that names a folder with data sets.
const Env = "INKSTONE_DATA"

// Options say which data set Load is to find, and where. The zero value finds MNIST
// wherever it is.
type Options struct {
	// Name is a name of the Catalogue. Empty stands for Default, for which alone the
	// built-in digits step in when there is neither a file nor a network.
	Name string

	// Dir is a folder that must hold the data set, in itself or in a subfolder with
	// the set's name. No other place is looked at, then.
	Dir string

	// Cache is the folder that keeps downloads, one subfolder for each set; empty
	// stands for inkstone in the user's cache folder.
	Cache string

	// Offline forbids downloading.
	Offline bool

	// Seed draws the training images of the built-in set; its test images are always
	// the same.
	Seed uint64

	// Limit and TestLimit bound the number of training and of test images, which are
	// then drawn as [data.Set.Limit] says. Zero sets no bound.
	Limit, TestLimit int

	// Client makes the requests; nil stands for one with short timeouts.
	Client *http.Client

	// Progress, if set, hears of each block of bytes that arrives: the number so far
	// and in all (-1 when it is not known) of the file.
	Progress func(done, total int64, file string)

	// Logf, if set, is told in one line each what is downloaded from where, what
	// failed, and that the built-in digits stepped in.
	Logf func(format string, args ...any)

	// How long to wait for a first answer and for a further byte of a download; zero
	// stands for reachWithin and stallAfter. Tests have less patience.
	reachWithin, stallAfter time.Duration
}

// withDefaults fills in what is not set.
func (o Options) withDefaults() Options {
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64, string) {}
	}
	if o.Client == nil {
		o.Client = newClient()
	}
	if o.reachWithin == 0 {
		o.reachWithin = reachWithin
	}
	if o.stallAfter == 0 {
		o.stallAfter = stallAfter
	}
	return o
}

// Load finds a data set and returns its training and its test images.
//
// It looks in opts.Dir; without one, in the folder that INKSTONE_DATA names, then in
// the cache; then it downloads to the cache. A folder may hold the files packed or
// not, in itself or in a subfolder with the set's name. Downloads are resumed,
// checked against known checksums, and appear in the cache only when they are
// complete.
//
// When no mirror answers within four seconds, or opts.Offline is set, and opts.Name
// and opts.Dir are both empty, Load draws the built-in digits: the sets are then
// named Builtin, and their Source says why.
//
// Whatever was asked for and is not as it should be is an error that names the
// folder or the file: a Dir that lacks the files, an INKSTONE_DATA that does not
// exist or holds broken or incomplete files, a download that fails on all mirrors. An
// INKSTONE_DATA with none of the set's files is passed over.
func Load(ctx context.Context, opts Options) (train, test *data.Set, err error) {
	if opts.Limit < 0 || opts.TestLimit < 0 {
		return nil, nil, fmt.Errorf("limits of %d training and %d test images, want zero (all) or more", opts.Limit, opts.TestLimit)
	}
	opts = opts.withDefaults()
	if opts.Name == Builtin {
		if opts.Dir != "" {
			return nil, nil, fmt.Errorf("data folder %s: the built-in digits are drawn, not read; leave the folder out", opts.Dir)
		}
		return builtin(opts, "the built-in generator")
	}
	name := opts.Name
	if name == "" {
		name = Default
	}
	d, err := lookup(name)
	if err != nil {
		return nil, nil, err
	}
	train, test, err = d.load(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	return limit(train, test, opts)
}

// load finds d as Load says, without limits.
func (d dataset) load(ctx context.Context, opts Options) (train, test *data.Set, err error) {
	if opts.Dir != "" {
		return d.readFolder(opts.Dir)
	}
	if dir := os.Getenv(Env); dir != "" {
		train, test, err = d.readFolder(dir)
		if err == nil {
			return train, test, nil
		}
		var absent *absentError
		if !errors.As(err, &absent) {
			return nil, nil, fmt.Errorf("%s: %w", Env, err)
		}
		opts.Logf("%s: %v", Env, err)
	}

	train, test, err = d.loadCached(ctx, opts)
	if err == nil || ctx.Err() != nil {
		return train, test, err
	}
	mayDraw := opts.Name == "" && (opts.Offline || errors.Is(err, errUnreachable))
	if !mayDraw {
		return nil, nil, fmt.Errorf("%s: %w", d.name, err)
	}
	opts.Logf("%s: %v", d.name, err)
	opts.Logf("using the built-in digits instead of %s", d.name)
	return builtin(opts, fmt.Sprintf("the built-in generator, since %s is not at hand and there is no network", d.name))
}

// limit applies opts.Limit and opts.TestLimit.
func limit(train, test *data.Set, opts Options) (*data.Set, *data.Set, error) {
	limited := [2]*data.Set{train, test}
	for i, n := range [2]int{opts.Limit, opts.TestLimit} {
		if n == 0 {
			continue
		}
		var err error
		if limited[i], err = limited[i].Limit(n); err != nil {
			return nil, nil, err
		}
	}
	return limited[0], limited[1], nil
}
