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
	half  *asm // kernels for few channels of the same instructions on vectors of half the width, or nil
	tiles *tileTables
}

// active is the path in use. envErr is the error of the path that the environment asks for.
var (
	active path
	envErr error
)

func init() {
	active = fastestPath()
	envErr = setPathFromEnv(os.Getenv(EnvPath))
}

// setPathFromEnv sets the path of the given name, the value of [EnvPath], unless it is empty.
func setPathFromEnv(name string) error {
	if name == "" {
		return nil
	}
	if err := SetPath(name); err != nil {
		return fmt.Errorf("%s: %w", EnvPath, err)
	}
	return nil
}

// fastestPath returns the fastest path of this processor.
func fastestPath() path {
	for _, p := range paths {
		if p.available {
			return p
		}
	}
	return portablePath
}

// Err returns an error if the environment asks for a path that this build or
// processor lacks; then the fastest path is in use. Otherwise it returns nil.
func Err() error { return envErr }

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

// SetPath forces a path. It returns an error, and changes nothing, if the name is
// unknown, or if the processor or the build lacks the path. No primitive may be running,
// and values that were made on one path must not be used on another.
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
		active, envErr = p, nil
		return nil
	}
	return fmt.Errorf("kernel path %q: unknown, expected one of %s", name, strings.Join(names, ", "))
}

// HalfLanes returns the number of float32 values in a vector of half the width, if the path in use has
// kernels for it, else that of a whole vector. [Patch] and [VectorCopy] take either.
func HalfLanes() int {
	if active.half != nil {
		return active.half.lanes
	}
	return active.lanes
}

// vectorsOf returns the kernels of the path in use for vectors of the given number of lanes.
func vectorsOf(lanes int) (*asm, error) {
	switch lanes {
	case active.lanes:
		return active.asm, nil
	case HalfLanes():
		return active.half, nil
	}
	return nil, fmt.Errorf("simd: vectors of %d lanes, expected %d or %d on path %s", lanes, Lanes(), HalfLanes(), Path())
}

// narrowest returns the narrowest vectors of the path in use that hold n values, or the widest ones.
func narrowest(n int) *asm {
	if active.half != nil && n <= active.half.lanes {
		return active.half
	}
	return active.asm
}

// portablePath is the last path of every build. Its vectors are only a layout.
var portablePath = path{name: Portable, available: true, asm: &asm{lanes: 8}, tiles: &tileTables{}}

// Lanes returns the number of float32 values in a vector of the path in use. It is the
// width of the channel blocks that [VectorCopy] writes and [Patch] reads, unless they are of [HalfLanes].
func Lanes() int { return active.lanes }
