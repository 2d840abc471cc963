package mnist

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// noNetwork returns options with a client that fails as on a machine without a network.
func noNetwork(t *testing.T) Options {
	t.Helper()
	opts := patient(t)
	opts.Client = &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no network")
		},
	}}
	opts.Limit, opts.TestLimit = 30, 20
	return opts
}

func TestLoadBuiltin(t *testing.T) {
	opts := noNetwork(t)
	opts.Name = Builtin
	train, test, err := Load(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if train.Name() != Builtin || train.Len() != 30 || test.Len() != 20 || train.Height() != 28 || train.Width() != 28 {
		t.Errorf("got %v and %v", train, test)
	}
	if warnings := train.Check(); len(warnings) > 0 {
		t.Errorf("warnings %q", warnings)
	}

	opts.Seed = 5
	other, sameTest, err := Load(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	equal := func(i int) bool { return slices.Equal(train.Pixels(i), other.Pixels(i)) }
	if equal(0) && equal(1) {
		t.Error("two seeds give the same training images")
	}
	if !slices.Equal(test.Pixels(3), sameTest.Pixels(3)) {
		t.Error("the test images depend on the seed")
	}
}

// TestLoadFallsBack checks when Load returns the built-in digits instead of the data set.
func TestLoadFallsBack(t *testing.T) {
	tests := []struct {
		name    string
		offline bool
		want    string // name of the set, "" for an error
	}{
		{"", false, Builtin},
		{"", true, Builtin},
		{"mnist", false, ""},
		{"mnist", true, ""},
		{"kmnist", false, ""},
	}
	for _, tt := range tests {
		opts := noNetwork(t)
		opts.Name, opts.Offline = tt.name, tt.offline
		var log []string
		opts.Logf = func(format string, args ...any) { log = append(log, format) }
		train, _, err := Load(context.Background(), opts)
		if tt.want == "" {
			if err == nil || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("%+v: got %v, error %v", tt, train, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if train.Name() != tt.want || !strings.Contains(train.Source(), "since mnist is not at hand") {
			t.Errorf("%+v: got %v", tt, train)
		}
		if len(log) == 0 || !strings.Contains(log[len(log)-1], "built-in digits instead") {
			t.Errorf("%+v: log %q", tt, log)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	empty := t.TempDir()
	missing := filepath.Join(empty, "nowhere")
	aFile := filepath.Join(empty, "file")
	write(t, empty, map[string][]byte{"file": nil})
	tests := []struct {
		name string
		opts Options
		env  string
		want []string
	}{
		{"unknown name", Options{Name: "imagenet"}, "", []string{ErrUnknownDataset.Error(), `"imagenet"`, "mnist, fashion-mnist, kmnist, emnist-digits, emnist-letters, emnist-balanced, emnist-byclass, emnist-bymerge, builtin"}},
		{"negative limit", Options{Limit: -1}, "", []string{"-1"}},
		{"folder missing", Options{Dir: missing}, "", []string{missing, "no such file", "t10k-labels-idx1-ubyte"}},
		{"folder is a file", Options{Dir: aFile}, "", []string{aFile + " is a file, want a folder", "train-images-idx3-ubyte"}},
		{"folder lacks the files", Options{Dir: empty}, "", []string{empty, "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "MNIST/raw", "it has file"}},
		{"folder for the built-in digits", Options{Name: Builtin, Dir: empty}, "", []string{empty, "want no folder"}},
		{"variable names no folder", Options{}, missing, []string{Env, missing}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := noNetwork(t)
			opts.Name, opts.Dir, opts.Limit = tt.opts.Name, tt.opts.Dir, tt.opts.Limit
			t.Setenv(Env, tt.env)
			_, _, err := Load(context.Background(), opts)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v lacks %q", err, want)
				}
			}
		})
	}
}

// TestLoadEnvironment checks that INKSTONE_DATA comes after Dir and before the cache.
func TestLoadEnvironment(t *testing.T) {
	d, files := tiny(t)
	opts := patient(t)
	opts.Offline = true
	cached, err := os.MkdirTemp(opts.Cache, "")
	if err != nil {
		t.Fatal(err)
	}
	opts.Cache = cached
	write(t, filepath.Join(cached, "tiny"), files)

	dir := t.TempDir()
	t.Setenv(Env, dir)
	train, _, err := d.load(context.Background(), opts)
	if err != nil || train.Source() != filepath.Join(cached, "tiny") {
		t.Errorf("variable names an empty folder: got %v, error %v, want the cache", train, err)
	}

	write(t, dir, files)
	train, _, err = d.load(context.Background(), opts)
	if err != nil || train.Source() != dir {
		t.Errorf("variable names a folder with the files: got %v, error %v", train, err)
	}

	write(t, dir, map[string][]byte{trainImages: files[trainImages][:50]})
	if _, _, err = d.load(context.Background(), opts); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), Env+": "+dir) {
		t.Errorf("damaged file: error %v", err)
	}
	if err := os.Remove(filepath.Join(dir, trainImages)); err != nil {
		t.Fatal(err)
	}
	if _, _, err = d.load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "train-images") {
		t.Errorf("one file missing: error %v", err)
	}

	other := t.TempDir()
	opts.Dir = other
	write(t, other, files)
	if train, _, err = d.load(context.Background(), opts); err != nil || train.Source() != other {
		t.Errorf("folder given: got %v, error %v", train, err)
	}
}

// TestOtherSet checks that the files of MNIST are not read as those of Fashion-MNIST, which
// have the same names.
func TestOtherSet(t *testing.T) {
	dir := os.Getenv(Env)
	if dir == "" {
		t.Skipf("%s is not set", Env)
	}
	opts := noNetwork(t)
	opts.Name, opts.Dir = "fashion-mnist", dir
	if _, _, err := Load(context.Background(), opts); err == nil || !strings.Contains(err.Error(), "is a file of mnist, not of fashion-mnist") {
		t.Errorf("error %v", err)
	}
}

func TestLoadLimits(t *testing.T) {
	d, files := tiny(t)
	dir := t.TempDir()
	write(t, dir, files)
	train, test, err := d.readFolder(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	train, test, err = limit(train, test, Options{Limit: 3, TestLimit: 9})
	if err != nil || train.Len() != 3 || test.Len() != 4 {
		t.Errorf("got %v and %v, error %v, want 3 and 4 images", train, test, err)
	}
}
