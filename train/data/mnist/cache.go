package mnist

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"inkstone/internal/filelock"
	"inkstone/train/data"
)

// loadCached reads d from the cache. First it downloads files that are missing or damaged.
func (d dataset) loadCached(ctx context.Context, opts Options) (train, test *data.Set, err error) {
	cache := opts.Cache
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			return nil, nil, fmt.Errorf("there is no cache folder: %w", err)
		}
		cache = filepath.Join(cache, "inkstone")
	}
	dir := filepath.Join(cache, d.name)
	here := folder{os.DirFS(dir), dir}
	var names []string
	for _, f := range d.files() {
		names = append(names, f.name+".gz")
	}

	train, test, err = d.read(here, names, true)
	if err == nil {
		return train, test, nil
	}
	if opts.Offline {
		return nil, nil, fmt.Errorf("it is not in the cache, and offline is set: %w", err)
	}
	if err := d.download(ctx, here, opts); err != nil {
		return nil, nil, err
	}
	return d.read(here, names, true)
}

// lockFile is the file in the cache folder of a data set that is locked during a download.
const lockFile = ".lock"

// download downloads the files of d that are missing or damaged to the cache folder here. One
// process at a time does so; the others wait for it and use its files.
func (d dataset) download(ctx context.Context, here folder, opts Options) error {
	missing := d.missing(here)
	if len(missing) == 0 {
		return fmt.Errorf("%s: each file is as published, but the files do not fit together", here.name)
	}
	loader := &downloader{
		client: opts.Client, progress: opts.Progress, logf: opts.Logf,
		reachWithin: opts.reachWithin, stallAfter: opts.stallAfter, fileWithin: opts.fileWithin, retryAfter: opts.retryAfter,
	}
	mirrors, err := loader.rankMirrors(ctx, d.mirrors, missing[0].name+".gz")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(here.name, 0o755); err != nil {
		return err
	}
	lock, err := filelock.Wait(ctx, here.path(lockFile), func() {
		opts.Logf("waiting for another process that downloads %s", d.name)
	})
	switch {
	case errors.Is(err, filelock.ErrUnsupported):
		opts.Logf("warning: %s: %v: make sure that no other process downloads %s", here.name, filelock.ErrUnsupported, d.name)
	case err != nil:
		return fmt.Errorf("%s: %w", here.path(lockFile), err)
	default:
		defer lock.Release()
	}
	for _, f := range d.missing(here) {
		name := f.name + ".gz"
		err := loader.fetch(ctx, mirrors, name, here.path(name), d.packedLimit(f), func(path string) error { return d.check(path, f) })
		if err != nil {
			return err
		}
	}
	return nil
}

// missing returns the files of d that are missing or damaged in the cache folder here.
func (d dataset) missing(here folder) (list []file) {
	for _, f := range d.files() {
		if d.check(here.path(f.name+".gz"), f) != nil {
			list = append(list, f)
		}
	}
	return list
}

// packedLimit returns the largest size of a .gz file in bytes: the size of its content plus the
// overhead of gzip.
func (d dataset) packedLimit(f file) int64 {
	n := int64(max(d.train.count, d.test.count))
	if f == d.train.images || f == d.test.images {
		n *= side * side
	}
	return n + n/1000 + 4096
}

// check returns an error unless the file at path is f. It compares the checksum of the
// content or, if that is not known, of the .gz file, and the number of images or labels.
func (d dataset) check(path string, f file) error {
	here := folder{os.DirFS(filepath.Dir(path)), filepath.Dir(path)}
	array, sum, err := here.decode(filepath.Base(path))
	if err != nil {
		return err
	}
	want := f.content
	if want == "" && f.packed != "" {
		want = f.packed
		if sum, err = hashFile(path); err != nil {
			return err
		}
	}
	if want != "" && sum != want {
		return fmt.Errorf("the SHA-256 is %s, want %s", sum, want)
	}
	count := d.train.count
	if f == d.test.images || f == d.test.labels {
		count = d.test.count
	}
	if array.Dims[0] != count {
		return fmt.Errorf("it has %s values, want %d images or labels", sizes(array.Dims), count)
	}
	return nil
}

// hashFile returns the SHA-256 of a file in hexadecimal, without unpacking it.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}
