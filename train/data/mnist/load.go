package mnist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"inkstone/train/data"
	"inkstone/train/data/digits"
)

// Env is the name of the environment variable with the path of a folder with data sets.
const Env = "INKSTONE_DATA"

// Options select the data set that [Load] loads and the places where it looks. The zero
// value loads MNIST from the usual places or downloads it.
type Options struct {
	// Name is a name in [Catalog]. If it is "", Load loads [Default], and uses the built-in
	// digits instead if there is neither a file nor a network.
	Name string

	// Dir is a folder with the data set, in itself or in a subfolder with the name of the
	// set. If it is not "", Load looks in no other place.
	Dir string

	// Cache is the folder for downloads, with a subfolder for each data set. If it is "",
	// it is the folder inkstone in [os.UserCacheDir].
	Cache string

	// Offline forbids downloads.
	Offline bool

	// Seed is the seed of the built-in training images. The built-in test images are always
	// the same.
	Seed uint64

	// Limit and TestLimit are the largest numbers of training and test images, which
	// [data.Set.Limit] chooses. 0 means all images.
	Limit, TestLimit int

	// Client makes the HTTP requests. If it is nil, a client with short timeouts is used.
	Client *http.Client

	// Progress, if not nil, is called for each block of bytes that arrives. done and total
	// are the bytes so far and the size of the file, or -1 if the size is not known.
	Progress func(done, total int64, file string)

	// Logf, if not nil, is called with a line about each download, each failure, and the use
	// of the built-in digits instead of MNIST.
	Logf func(format string, args ...any)

	testOnly bool // whether the training files may be absent, see [LoadTest]

	// The times to wait for the first answer of a mirror and for more data of a download. 0
	// means the constants of the same names. Tests set shorter times.
	reachWithin, stallAfter, fileWithin, retryAfter time.Duration
}

// withDefaults returns the options with the defaults of fields that are not set.
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
	if o.fileWithin == 0 {
		o.fileWithin = fileWithin
	}
	if o.retryAfter == 0 {
		o.retryAfter = retryAfter
	}
	return o
}

// Load returns the training images and the test images of a data set.
//
// If opts.Dir is set, Load looks only there. Otherwise it looks in the folder that
// INKSTONE_DATA names, then in the cache, and then downloads the files to the cache. A folder
// may hold the files packed or unpacked, in itself or in a subfolder with the name of the
// data set, or inside folders that hold nothing else. Each file may be in a folder of its own
// name, as in Kaggle's archive, or in a folder train or test. Names may be in upper case.
//
// Downloads are resumed and compared with known checksums. A file appears in the
// cache only when it is complete.
//
// If opts.Name and opts.Dir are both "", and opts.Offline is set or no mirror answers within
// four seconds, Load returns the built-in digits. The name of the sets is then [Builtin], and
// their source says why.
//
// Load returns an error that names the folder or the file if opts.Dir lacks the files, if
// INKSTONE_DATA does not exist or has damaged or incomplete files, or if a download fails on
// all mirrors. It ignores an INKSTONE_DATA without any file of the data set. The error wraps
// [ErrUnknownDataset], [ErrUnreachable] or [ErrDamaged] where one of these is the reason.
func Load(ctx context.Context, opts Options) (train, test *data.Set, err error) {
	defer func() {
		if err != nil {
			train, test = data.Failed(err), data.Failed(err)
		}
	}()
	if ctx == nil {
		return nil, nil, errors.New("data set: the context is nil: pass context.Background()")
	}
	if opts.Limit < 0 || opts.TestLimit < 0 {
		return nil, nil, fmt.Errorf("the limits are %d training and %d test images, want at least 0 (0 for all)", opts.Limit, opts.TestLimit)
	}
	opts = opts.withDefaults()
	if opts.Name == Builtin {
		if opts.Dir != "" {
			return nil, nil, fmt.Errorf("data folder %s: the built-in digits are generated, not read, want no folder", opts.Dir)
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

// LoadTest returns the test images of a data set, to score a model with them. It looks in the
// same places as [Load], but the folder opts.Dir or INKSTONE_DATA needs no training files. It
// ignores opts.Limit.
func LoadTest(ctx context.Context, opts Options) (*data.Set, error) {
	opts.testOnly, opts.Limit = true, 1
	_, test, err := Load(ctx, opts)
	return test, err
}

// load loads d as [Load] does, without the limits.
func (d dataset) load(ctx context.Context, opts Options) (train, test *data.Set, err error) {
	if opts.Dir != "" {
		return d.readFolder(opts.Dir, opts.testOnly)
	}
	if dir := os.Getenv(Env); dir != "" {
		train, test, err = d.readFolder(dir, opts.testOnly)
		if err == nil {
			return train, test, nil
		}
		var absent *absentError
		if !errors.As(err, &absent) {
			return nil, nil, fmt.Errorf("%s: %w", Env, err)
		}
		opts.Logf("%s: %v", Env, err)
	}

	if d.local {
		return nil, nil, d.errLocal()
	}
	train, test, err = d.loadCached(ctx, opts)
	if err == nil || ctx.Err() != nil {
		return train, test, err
	}
	mayUseBuiltin := opts.Name == "" && (opts.Offline || errors.Is(err, ErrUnreachable))
	if !mayUseBuiltin {
		return nil, nil, fmt.Errorf("%s: %w", d.name, err)
	}
	opts.Logf("%s: %v", d.name, err)
	opts.Logf("using the built-in digits instead of %s", d.name)
	return builtin(opts, fmt.Sprintf("the built-in generator, since %s is not at hand and there is no network", d.name))
}

// limit returns the sets, of which train may be nil, limited to opts.Limit and opts.TestLimit images.
func limit(train, test *data.Set, opts Options) (*data.Set, *data.Set, error) {
	limited := [2]*data.Set{train, test}
	for i, n := range [2]int{opts.Limit, opts.TestLimit} {
		if n == 0 || limited[i] == nil {
			continue
		}
		var err error
		if limited[i], err = limited[i].Limit(n); err != nil {
			return nil, nil, err
		}
	}
	return limited[0], limited[1], nil
}

// builtin returns the built-in digits. source becomes the [data.Set.Source] of the sets.
func builtin(opts Options, source string) (train, test *data.Set, err error) {
	return digits.Sets(source, opts.Seed, opts.Limit, opts.TestLimit)
}
