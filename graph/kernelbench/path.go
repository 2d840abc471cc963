package kernelbench

import "inkstone/graph/internal/kernel/simd"

// EnvPath is the environment variable that forces a path at start, as [SetPath]
// does later.
const EnvPath = simd.EnvPath

// Path returns the name of the path in use: "avx512", "avx2", "neon" or "portable".
func Path() string { return simd.Path() }

// Paths lists the paths that this processor and this build can run, the fastest
// first. "portable" is always among them.
func Paths() []string { return simd.Paths() }

// SetPath forces a path. It returns an error, and changes nothing, if the name is
// unknown or the processor or the build lacks the path.
//
// The choice holds for the process. Sessions and solvers made before must not be
// used afterwards, and none may be running: what they hold is laid out for the
// vectors of one path.
func SetPath(name string) error { return simd.SetPath(name) }

// Err returns an error if [EnvPath] asks for a path that this build or processor
// lacks; the fastest one is in use then. Otherwise it returns nil.
func Err() error { return simd.Err() }
