package runfolder

import (
	"bytes"
	"fmt"
	"io"
)

// Output writes what a run prints to the console and to the log of its folder. It keeps
// lines for the log until there is a folder. If one of the two fails, the other still gets
// every line, and the run goes on: look at [Output.Err] at its end.
type Output struct {
	console    io.Writer
	folder     *Folder
	early      bytes.Buffer // for the log
	consoleErr error        // the first one
	logErr     error
}

// NewOutput returns an output to the console alone.
func NewOutput(console io.Writer) *Output { return &Output{console: console} }

// SetFolder writes the lines so far, and later ones, to the log of a folder.
func (o *Output) SetFolder(f *Folder) {
	o.folder = f
	o.Log(o.early.Bytes())
	o.early.Reset()
}

// Write writes p to the console and to the log. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	if o.consoleErr == nil {
		_, o.consoleErr = o.console.Write(p)
	}
	o.Log(p)
	return len(p), nil
}

// Log writes p to the log alone.
func (o *Output) Log(p []byte) {
	switch {
	case o.folder == nil:
		o.early.Write(p)
	case o.logErr == nil:
		_, o.logErr = o.folder.Write(p)
	}
}

// Err returns the first error of the console or, if there is none, that of the log.
func (o *Output) Err() error {
	switch {
	case o.consoleErr != nil:
		return fmt.Errorf("the output could not be printed: %w", o.consoleErr)
	case o.logErr != nil:
		return fmt.Errorf("%s: %w", o.folder.File(LogFile), withoutPath(o.logErr))
	}
	return nil
}
