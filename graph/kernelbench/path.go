package kernelbench

import "inkstone/graph/internal/kernel/simd"

// EnvPath is the environment variable that forces a path at start, as [SetPath] does
// while the program runs.
const EnvPath = simd.EnvPath

// Path returns the name of the path in use: "avx512", "avx2", "neon" or "portable".
func Path() string { return simd.Path() }

// Paths returns the paths that this processor and this build can run, the fastest
// first. "portable" is always the last.
func Paths() []string { return simd.Paths() }

// SetPath forces a path. It returns an error, and changes nothing, if the name is
// unknown or the processor or the build lacks the path.
//
// The path holds for the whole process. No session or solver may be running, and those
// made before must not be used afterwards, because the layout of their memory depends on
// the path.
func SetPath(name string) error { return simd.SetPath(name) }

// Err returns an error if [EnvPath] asks for a path that this build or processor
// lacks; then the fastest path is in use. Otherwise it returns nil.
func Err() error { return simd.Err() }
