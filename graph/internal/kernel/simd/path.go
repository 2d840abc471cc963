package simd

import (
	"fmt"
	"os"
	"strings"
)

// Names of the paths.
const (
	AVX512   = "avx512"
	AVX2     = "avx2"
	NEON     = "neon"
	Portable = "portable"
)

// EnvPath is the environment variable that forces a path at start.
const EnvPath = "INKSTONE_KERNEL"

// A path is one way to run the primitives.
type path struct {
	name      string
	available bool
	*asm

	// narrow, unless nil, has the tile kernels for matrices of at most one vector of columns.
	// There a value loaded from A serves one multiply-add on AVX-512 but two on vectors of
	// half the width, and the loads set the pace.
	narrow *asm
}

// tiles returns the assembly to use for the next panel of a matrix with n columns left.
func (p *path) tiles(n int) *asm {
	if p.narrow != nil && n <= p.lanes {
		return p.narrow
	}
	return p.asm
}

// active is the path in use; pathErr is why the one that the environment asks for is not.
var (
	active  path
	pathErr error
)

func init() {
	active = best()
	pathErr = obey(os.Getenv(EnvPath))
}

// obey sets the path that the environment asks for, if it asks for one.
func obey(name string) error {
	if name == "" {
		return nil
	}
	if err := SetPath(name); err != nil {
		return fmt.Errorf("%s: %w", EnvPath, err)
	}
	return nil
}

// best returns the fastest path of this processor.
func best() path {
	for _, p := range paths {
		if p.available {
			return p
		}
	}
	return portablePath
}

// Err returns an error if the environment asks for a path that this build or
// processor lacks, and nil if all is well. The fastest path is in use then.
func Err() error { return pathErr }

// Path returns the name of the path in use.
func Path() string { return active.name }

// Paths returns the names of the paths that this processor can run, the fastest first.
func Paths() []string {
	var names []string
	for _, p := range paths {
		if p.available {
			names = append(names, p.name)
		}
	}
	return names
}

// SetPath forces a path. It returns an error, and changes nothing, if the name
// is unknown or the processor or the build lacks the path. Values that were made
// for one path must not be used on another, and no primitive may be running.
func SetPath(name string) error {
	var names []string
	for _, p := range paths {
		names = append(names, p.name)
		if p.name != name {
			continue
		}
		if !p.available {
			return fmt.Errorf("kernel path %q: not available here, expected one of %s", name, strings.Join(Paths(), ", "))
		}
		active, pathErr = p, nil
		return nil
	}
	return fmt.Errorf("kernel path %q: unknown, expected one of %s", name, strings.Join(names, ", "))
}

// portablePath is the last path of every build. Its vectors are only a layout.
var portablePath = path{name: Portable, available: true, asm: &asm{lanes: 8}}

// Lanes returns the number of float32 values in a vector of the path in use: the
// width of the channel blocks that [Lanewise] makes and [Patch] reads.
func Lanes() int { return active.lanes }
