package cli

import "os"

// jobSignals are signals that job managers send before a time limit.
var jobSignals []os.Signal
