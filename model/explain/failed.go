package explain

// An explanation that could not be computed is returned with its error, as a value that shows
// the error, so that a notebook that shows the value without a look at the error shows the
// reason.

// carry calls failed if the function that defers it returns an error, or if the explainer could
// not be made, whose error then replaces the other one.
func (e *Explainer) carry(err *error, failed func()) {
	if e.err != nil {
		*err = e.err
	}
	if *err != nil {
		failed()
	}
}

// explanation names what a failed call does not return.
const explanation = "explanation"

// mustExist panics with the error of an explanation that could not be computed.
func mustExist(err error) {
	if err != nil {
		panic(err)
	}
}
